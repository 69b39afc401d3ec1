using RolloutOperator.Core.Checksums;
using RolloutOperator.Watching;
using static RolloutOperator.Tests.Samples;

namespace RolloutOperator.Tests.Caching;

/// <summary>As of when a state is known to be true, and since when its content is what it is.</summary>
public class SourceCacheAgeTests
{
    private static readonly SourceKey A = Config("a");

    private readonly SourceCacheHarness _cache = new SourceCacheHarness().Watched();

    [Fact]
    public void An_answer_is_as_new_as_what_had_been_heard_when_it_was_asked_for()
    {
        _cache.Cache.AdvanceRevision(new(40));
        _cache.Cache.Reference(A);

        // Nothing would show that the server is behind.
        _cache.Answer(5, "x");
        Assert.Equal(new(5), _cache.State(A).AsOf);

        _cache.Cache.EnsureAtLeast(A, new(30));
        _cache.Cache.AdvanceRevision(new(50));
        var asked = _cache.SingleRequest();
        Assert.Equal(new(1), asked.AtLeast);
        _cache.Answer(asked, 5, "x");
        Assert.Equal(new(40), _cache.State(A).AsOf);

        _cache.See(A, 45);
        _cache.Cache.AdvanceRevision(new(30));
        _cache.Answer(60, "y");
        Assert.Equal(new(60), _cache.State(A).AsOf);
    }

    [Fact]
    public void An_absence_is_as_new_as_what_had_been_heard_when_it_was_asked_for()
    {
        _cache.Cache.AdvanceRevision(new(40));
        _cache.Cache.Reference(A);
        _cache.Answer(new FetchResult.Absent());
        Assert.Equal(ResourceVersion.First, _cache.State(A).AsOf);
        _cache.Cache.EnsureAtLeast(A, new(40));
        _cache.Answer(new FetchResult.Absent());
        Assert.Equal(new(40), _cache.State(A).AsOf);
    }

    [Fact]
    public void A_deletion_is_as_new_as_its_ring()
    {
        Present(5);
        _cache.SeeDeleted(A, 9);
        Assert.Equal(new(9), _cache.State(A).AsOf);
    }

    [Fact]
    public void An_outdated_source_is_read_and_reported_even_if_unchanged()
    {
        Present(5);
        _cache.Changed();
        _cache.Cache.AdvanceRevision(new(70));
        _cache.Cache.EnsureAtLeast(A, new(70));
        _cache.Answer(5, "x");
        Assert.Equal([A], _cache.Changed());
        Assert.Equal(new(70), _cache.State(A).AsOf);

        _cache.See(A, 71);
        _cache.Answer(71, "x");
        Assert.Empty(_cache.Changed());
    }

    [Fact]
    public void An_outdated_source_is_not_settled_by_a_read_sent_before()
    {
        Present(5);
        _cache.See(A, 6);
        _cache.Cache.AdvanceRevision(new(70));
        _cache.Cache.EnsureAtLeast(A, new(70));
        _cache.Answer(6, "x");
        _cache.Answer(6, "x");
        Assert.Equal(new(70), _cache.State(A).AsOf);
    }

    [Fact]
    public void An_outdated_source_is_settled_by_a_read_sent_late_enough()
    {
        Present(5);
        _cache.Changed();
        _cache.Cache.AdvanceRevision(new(70));
        _cache.Cache.EnsureAtLeast(A, new(70));
        _cache.Cache.EnsureAtLeast(A, new(70));
        _cache.Answer(5, "x");
        Assert.Equal([A], _cache.Changed());
        Assert.Empty(_cache.Requests());
    }

    [Fact]
    public void A_source_read_since_it_was_outdated_is_reported_without_a_read()
    {
        Present(5);
        _cache.Cache.AdvanceRevision(new(70));
        _cache.See(A, 6);
        _cache.Answer(6, "x");
        _cache.Changed();
        _cache.Cache.EnsureAtLeast(A, new(70));
        Assert.Equal([A], _cache.Changed());
        Assert.Empty(_cache.Requests());
    }

    [Fact]
    public void An_outdated_source_stays_outdated_after_a_failed_read()
    {
        Present(5);
        _cache.Changed();
        _cache.Cache.EnsureAtLeast(A, new(70));
        _cache.Answer(new FetchResult.Failed("no answer"));
        Assert.Empty(_cache.Changed());
        _cache.Cache.Retry(TimeSpan.FromMinutes(1));
        _cache.Answer(5, "x");
        Assert.Equal([A], _cache.Changed());
    }

    [Fact]
    public void An_outdated_source_that_is_not_referenced_is_not_read()
    {
        _cache.Cache.EnsureAtLeast(A, new(70));
        Assert.Empty(_cache.Requests());
        Assert.Empty(_cache.Changed());
    }

    [Fact]
    public void A_change_of_something_else_than_the_content_leaves_it_as_old_as_it_was()
    {
        Present(5);
        _cache.See(A, 8);
        _cache.Answer(8, "x");
        Assert.Equal(new(5), _cache.Present(A).Since);
    }

    [Fact]
    public void A_content_that_went_and_came_back_between_two_reads_is_as_new_as_its_return()
    {
        Present(5);
        _cache.See(A, 8);
        _cache.See(A, 9);
        _cache.Answer(9, "x");
        Assert.Equal(new(9), _cache.Present(A).Since);
    }

    [Fact]
    public void So_is_one_whose_return_has_not_rung_yet()
    {
        Present(5);
        _cache.See(A, 8);
        _cache.Answer(9, "x");
        Assert.Equal(new(9), _cache.Present(A).Since);
        _cache.See(A, 9);
        Assert.Empty(_cache.Requests());
    }

    [Fact]
    public void So_is_one_that_was_found_by_a_list()
    {
        Present(5);
        _cache.CatchUp((A, 9));
        _cache.Answer(9, "x");
        Assert.Equal(new(9), _cache.Present(A).Since);
    }

    [Fact]
    public void Rings_are_counted_from_read_to_read()
    {
        Present(5);
        _cache.See(A, 8);
        _cache.Answer(8, "x");
        _cache.See(A, 9);
        _cache.Answer(9, "x");
        Assert.Equal(new(5), _cache.Present(A).Since);
    }

    [Fact]
    public void What_came_to_be_and_was_read_at_once_is_the_first()
    {
        _cache.Cache.Reference(A);
        _cache.Answer(new FetchResult.Absent());
        _cache.See(A, 8);
        _cache.Answer(8, "x");
        Assert.True(_cache.Present(A).IsFirst);
        _cache.See(A, 9);
        _cache.Answer(9, "x");
        Assert.True(_cache.Present(A).IsFirst);
        _cache.See(A, 10);
        _cache.Answer(10, "y");
        Assert.False(_cache.Present(A).IsFirst);
    }

    [Fact]
    public void What_came_to_be_and_changed_before_it_was_read_is_not_the_first()
    {
        Present(5);
        _cache.SeeDeleted(A, 6);
        _cache.See(A, 8);
        _cache.Answer(9, "x");
        Assert.False(_cache.Present(A).IsFirst);
    }

    private void Present(ulong version)
    {
        _cache.Cache.Reference(A);
        _cache.Answer(version, "x");
    }
}
