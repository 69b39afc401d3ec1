using RolloutOperator.Watching;
using static RolloutOperator.Tests.Samples;

namespace RolloutOperator.Tests.Caching;

/// <summary>As of when a state is known to be true, and since when its content is what it is.</summary>
public class SourceCacheAgeTests
{
    private static readonly SourceKey A = Config("a");

    private readonly SourceCacheHarness _desk = new SourceCacheHarness().Hung();

    [Fact]
    public void An_answer_is_as_new_as_what_had_been_heard_when_it_was_asked_for()
    {
        _desk.Book.AdvanceRevision(new(40));
        _desk.Book.Reference(A);
        _desk.Book.AdvanceRevision(new(50));
        _desk.Answer(5, "x");
        Assert.Equal(new(40), _desk.State(A).AsOf);

        _desk.Ring(A, 45);
        _desk.Book.AdvanceRevision(new(30));
        _desk.Answer(60, "y");
        Assert.Equal(new(60), _desk.State(A).AsOf);
    }

    [Fact]
    public void An_absence_is_as_new_as_what_had_been_heard_when_it_was_asked_for()
    {
        _desk.Book.AdvanceRevision(new(40));
        _desk.Book.Reference(A);
        _desk.Answer(new FetchResult.Absent());
        Assert.Equal(new(40), _desk.State(A).AsOf);
    }

    [Fact]
    public void A_deletion_is_as_new_as_its_ring()
    {
        Present(5);
        _desk.RingDeleted(A, 9);
        Assert.Equal(new(9), _desk.State(A).AsOf);
    }

    [Fact]
    public void A_doubted_source_is_read_and_reported_even_if_it_is_as_before()
    {
        Present(5);
        _desk.Changed();
        _desk.Book.AdvanceRevision(new(70));
        _desk.Book.EnsureAtLeast(A, new(70));
        _desk.Answer(5, "x");
        Assert.Equal([A], _desk.Changed());
        Assert.Equal(new(70), _desk.State(A).AsOf);

        _desk.Ring(A, 71);
        _desk.Answer(71, "x");
        Assert.Empty(_desk.Changed());
    }

    [Fact]
    public void A_doubt_is_not_satisfied_by_an_answer_that_was_on_its_way()
    {
        Present(5);
        _desk.Ring(A, 6);
        _desk.Book.AdvanceRevision(new(70));
        _desk.Book.EnsureAtLeast(A, new(70));
        _desk.Answer(6, "x");
        _desk.Answer(6, "x");
        Assert.Equal(new(70), _desk.State(A).AsOf);
    }

    [Fact]
    public void A_doubt_is_satisfied_by_a_read_on_its_way_that_was_asked_for_late_enough()
    {
        Present(5);
        _desk.Changed();
        _desk.Book.AdvanceRevision(new(70));
        _desk.Book.EnsureAtLeast(A, new(70));
        _desk.Book.EnsureAtLeast(A, new(70));
        _desk.Answer(5, "x");
        Assert.Equal([A], _desk.Changed());
        Assert.Empty(_desk.Asked());
    }

    [Fact]
    public void A_doubt_that_comes_after_its_answer_is_reported_without_a_read()
    {
        Present(5);
        _desk.Book.AdvanceRevision(new(70));
        _desk.Ring(A, 6);
        _desk.Answer(6, "x");
        _desk.Changed();
        _desk.Book.EnsureAtLeast(A, new(70));
        Assert.Equal([A], _desk.Changed());
        Assert.Empty(_desk.Asked());
    }

    [Fact]
    public void A_doubt_outlives_a_failure()
    {
        Present(5);
        _desk.Changed();
        _desk.Book.EnsureAtLeast(A, new(70));
        _desk.Answer(new FetchResult.Failed("no answer"));
        Assert.Empty(_desk.Changed());
        _desk.Book.Retry(TimeSpan.FromMinutes(1));
        _desk.Answer(5, "x");
        Assert.Equal([A], _desk.Changed());
    }

    [Fact]
    public void A_doubt_about_what_nobody_uses_reads_and_reports_nothing()
    {
        _desk.Book.EnsureAtLeast(A, new(70));
        Assert.Empty(_desk.Asked());
        Assert.Empty(_desk.Changed());
    }

    [Fact]
    public void A_change_of_something_else_than_the_content_leaves_it_as_old_as_it_was()
    {
        Present(5);
        _desk.Ring(A, 8);
        _desk.Answer(8, "x");
        Assert.Equal(new(5), _desk.Present(A).Since);
    }

    [Fact]
    public void A_content_that_went_and_came_back_between_two_reads_is_as_new_as_its_return()
    {
        Present(5);
        _desk.Ring(A, 8);
        _desk.Ring(A, 9);
        _desk.Answer(9, "x");
        Assert.Equal(new(9), _desk.Present(A).Since);
    }

    [Fact]
    public void So_is_one_whose_return_has_not_rung_yet()
    {
        Present(5);
        _desk.Ring(A, 8);
        _desk.Answer(9, "x");
        Assert.Equal(new(9), _desk.Present(A).Since);
        _desk.Ring(A, 9);
        Assert.Empty(_desk.Asked());
    }

    [Fact]
    public void So_is_one_that_was_found_by_a_list()
    {
        Present(5);
        _desk.CatchUp((A, 9));
        _desk.Answer(9, "x");
        Assert.Equal(new(9), _desk.Present(A).Since);
    }

    [Fact]
    public void Rings_are_counted_from_read_to_read()
    {
        Present(5);
        _desk.Ring(A, 8);
        _desk.Answer(8, "x");
        _desk.Ring(A, 9);
        _desk.Answer(9, "x");
        Assert.Equal(new(5), _desk.Present(A).Since);
    }

    [Fact]
    public void What_came_to_be_and_was_read_at_once_is_the_first()
    {
        _desk.Book.Reference(A);
        _desk.Answer(new FetchResult.Absent());
        _desk.Ring(A, 8);
        _desk.Answer(8, "x");
        Assert.True(_desk.Present(A).IsFirst);
        _desk.Ring(A, 9);
        _desk.Answer(9, "x");
        Assert.True(_desk.Present(A).IsFirst);
        _desk.Ring(A, 10);
        _desk.Answer(10, "y");
        Assert.False(_desk.Present(A).IsFirst);
    }

    [Fact]
    public void What_came_to_be_and_changed_before_it_was_read_is_not_the_first()
    {
        Present(5);
        _desk.RingDeleted(A, 6);
        _desk.Ring(A, 8);
        _desk.Answer(9, "x");
        Assert.False(_desk.Present(A).IsFirst);
    }

    private void Present(ulong version)
    {
        _desk.Book.Reference(A);
        _desk.Answer(version, "x");
    }
}
