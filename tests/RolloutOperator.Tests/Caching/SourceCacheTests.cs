using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;
using RolloutOperator.Watching;
using static RolloutOperator.Tests.Samples;

namespace RolloutOperator.Tests.Caching;

public class SourceCacheTests
{
    private static readonly SourceKey A = Config("a");
    private static readonly FetchResult Absent = new FetchResult.Absent();
    private static readonly FetchResult Failed = new FetchResult.Failed("no answer");

    private readonly SourceCacheHarness _desk = new SourceCacheHarness().Hung();

    [Theory]
    [InlineData(null)]
    [InlineData("shop")]
    public void Nothing_is_read_before_its_bell_hangs(string? scope)
    {
        var desk = new SourceCacheHarness();
        desk.Book.Reference(A);
        desk.Book.WatchStarted(SourceKind.Secret, scope);
        desk.Book.WatchStarted(SourceKind.ConfigMap, "elsewhere");
        Assert.Empty(desk.Asked());

        desk.Book.WatchStarted(SourceKind.ConfigMap, scope);
        Assert.Equal(A, desk.AskedOnce().Source);
        desk.Book.Reference(Config("b"));
        Assert.Equal(Config("b"), desk.AskedOnce().Source);
    }

    [Fact]
    public void An_answer_becomes_the_state_and_is_reported()
    {
        Reference(A);
        Assert.Same(SourceState.NotRead, _desk.State(A));
        _desk.Answer(5, "x");
        Assert.Equal(Content("x"), _desk.Present(A).Content);
        Assert.Equal(new(5), _desk.Present(A).Since);
        Assert.Equal([A], _desk.Changed());
    }

    [Fact]
    public void What_rings_while_it_is_read_is_read_once_more()
    {
        Reference(A);
        _desk.Ring(A, 6);
        _desk.Ring(A, 7);
        _desk.Answer(7, "x");
        _desk.Answer(7, "x");
        Assert.Empty(_desk.Asked());
    }

    [Fact]
    public void A_ring_for_what_was_read_already_reads_nothing()
    {
        ReferenceAndRead(A, 7, "x");
        _desk.Ring(A, 7);
        _desk.Ring(A, 6);
        _desk.RingDeleted(A, 5);
        Assert.Empty(_desk.Asked());
        Assert.IsType<SourceState.Present>(_desk.State(A));
    }

    [Fact]
    public void An_answer_older_than_the_ring_is_not_taken()
    {
        ReferenceAndRead(A, 5, "x");
        _desk.Ring(A, 9);
        _desk.Answer(7, "y");
        Assert.Equal(Content("x"), _desk.Present(A).Content);
        _desk.Book.Retry(TimeSpan.FromMinutes(1));
        _desk.Answer(9, "z");
        Assert.Equal(Content("z"), _desk.Present(A).Content);
    }

    [Fact]
    public void An_answer_older_than_what_was_read_is_not_taken()
    {
        Reference(A);
        _desk.Ring(A, 6);
        _desk.Answer(9, "new");
        _desk.Answer(8, "old");
        Assert.Equal(Content("new"), _desk.Present(A).Content);
        Assert.NotNull(_desk.Book.NextRetry);
    }

    [Fact]
    public void An_absence_is_not_taken_when_it_rang_meanwhile()
    {
        Reference(A);
        _desk.Ring(A, 6);
        _desk.Answer(Absent);
        Assert.Same(SourceState.NotRead, _desk.State(A));
        _desk.Answer(6, "x");
        Assert.Equal(Content("x"), _desk.Present(A).Content);
    }

    [Fact]
    public void An_absence_is_known_without_a_version()
    {
        Reference(A);
        _desk.Answer(Absent);
        Assert.Equal(new SourceState.Missing(ResourceVersion.Unknown), _desk.State(A));
        Assert.Equal([A], _desk.Changed());
    }

    [Fact]
    public void A_deletion_needs_no_read_and_a_stale_answer_after_it_is_not_taken()
    {
        ReferenceAndRead(A, 5, "x");
        _desk.Ring(A, 6);
        _desk.RingDeleted(A, 7);
        Assert.Equal(new SourceState.Missing(new(7)) { AsOf = new(7) }, _desk.State(A));
        _desk.Answer(6, "y");
        Assert.Equal(new SourceState.Missing(new(7)) { AsOf = new(7) }, _desk.State(A));
        _desk.Book.Retry(TimeSpan.FromMinutes(1));
        _desk.Answer(Absent);
        Assert.Equal(new SourceState.Missing(new(7)) { AsOf = new(7) }, _desk.State(A));
        Assert.Null(_desk.Book.NextRetry);
    }

    [Fact]
    public void What_comes_to_be_again_is_read()
    {
        ReferenceAndRead(A, 5, "x");
        _desk.RingDeleted(A, 7);
        _desk.Ring(A, 8);
        _desk.Answer(8, "x");
        Assert.Equal(new(8), _desk.Present(A).Since);
    }

    [Fact]
    public void Content_that_stays_the_same_stays_as_old_as_it_is_and_is_no_news()
    {
        ReferenceAndRead(A, 5, "x");
        _desk.Ring(A, 6);
        _desk.Answer(6, "x");
        Assert.Equal(new(5), _desk.Present(A).Since);
        Assert.Empty(_desk.Changed());
    }

    [Fact]
    public void Of_earlier_contents_the_newest_eight_are_kept_newest_first()
    {
        ReferenceAndRead(A, 1, "1");
        for (ulong version = 2; version <= 12; version++)
        {
            _desk.Ring(A, version);
            _desk.Answer(version, $"{version}");
        }

        Assert.Equal(((int[])[11, 10, 9, 8, 7, 6, 5, 4]).Select(v => Content($"{v}")), _desk.Present(A).Earlier);
    }

    [Fact]
    public void Where_versions_are_no_numbers_every_answer_and_every_ring_counts()
    {
        ReferenceAndRead(A, 0, "x");
        _desk.Ring(A, 0);
        _desk.Answer(0, "y");
        Assert.Equal(Content("y"), _desk.Present(A).Content);
        _desk.RingDeleted(A, 0);
        Assert.Equal(new SourceState.Missing(ResourceVersion.Unknown), _desk.State(A));
    }

    [Fact]
    public void Where_versions_are_no_numbers_an_answer_from_before_a_deletion_does_not_last()
    {
        ReferenceAndRead(A, 0, "x");
        _desk.Ring(A, 0);
        _desk.RingDeleted(A, 0);
        _desk.Answer(0, "x");
        _desk.Answer(Absent);
        Assert.IsType<SourceState.Missing>(_desk.State(A));
    }

    [Fact]
    public void Rings_and_answers_for_what_nobody_references_are_dropped()
    {
        _desk.Ring(A, 5);
        _desk.RingDeleted(A, 6);
        _desk.Answer(new(A, 1), 5, "x");
        Assert.Same(SourceState.NotRead, _desk.State(A));
        Assert.Empty(_desk.Asked());
        Assert.Empty(_desk.Changed());
    }

    [Fact]
    public void A_source_is_kept_until_its_last_user_lets_go()
    {
        ReferenceAndRead(A, 5, "x");
        _desk.Book.Reference(A);
        Assert.Empty(_desk.Asked());
        _desk.Book.Release(A);
        Assert.Equal("a", _desk.Interest.Find("a"));
        Assert.IsType<SourceState.Present>(_desk.State(A));

        _desk.Book.Release(A);
        Assert.Null(_desk.Interest.Find("a"));
        Assert.Same(SourceState.NotRead, _desk.State(A));
        _desk.Book.Release(A);
        Reference(A);
        Assert.Equal("a", _desk.Interest.Find("a"));
    }

    [Fact]
    public void A_name_is_of_interest_as_long_as_any_source_has_it()
    {
        _desk.Book.Reference(A);
        _desk.Book.Reference(Secret("a"));
        _desk.Book.Reference(Config("a", "elsewhere"));
        _desk.Book.Release(A);
        _desk.Book.Release(Secret("a"));
        Assert.Equal("a", _desk.Interest.Find("a"));
        _desk.Book.Release(Config("a", "elsewhere"));
        Assert.Null(_desk.Interest.Find("a"));
    }

    [Fact]
    public void An_answer_for_a_reference_that_was_dropped_and_made_again_is_ignored()
    {
        Reference(A);
        var first = _desk.AskedOnce();
        _desk.Book.Release(A);
        Reference(A);
        var second = _desk.AskedOnce();
        _desk.Answer(first, 5, "x");
        Assert.Same(SourceState.NotRead, _desk.State(A));
        _desk.Answer(second, 6, "y");
        Assert.Equal(Content("y"), _desk.Present(A).Content);
    }

    [Fact]
    public void A_retry_for_a_reference_that_was_dropped_and_made_again_is_ignored()
    {
        Reference(A);
        _desk.Answer(Failed);
        _desk.Book.Release(A);
        Reference(A);
        _desk.Answer(5, "x");
        _desk.Book.Retry(TimeSpan.FromMinutes(1));
        Assert.Empty(_desk.Asked());
        Assert.Null(_desk.Book.NextRetry);
    }

    [Fact]
    public void Untried_is_what_nothing_at_all_is_known_of()
    {
        SourceKey[] sources = [A, Config("b"), Config("c"), Config("d")];
        Array.ForEach(sources, Reference);
        Assert.Equal(4, _desk.Book.NeverFetched);
        var asked = _desk.Asked();
        _desk.Answer(asked[0], 5, "x");
        _desk.Answer(asked[1], Failed);
        Assert.Equal(2, _desk.Book.NeverFetched);
        _desk.Book.Release(sources[2]);
        _desk.Book.Release(sources[1]);
        Assert.Equal(1, _desk.Book.NeverFetched);
        _desk.RingDeleted(sources[3], 5);
        Assert.Equal(0, _desk.Book.NeverFetched);
        _desk.Answer(asked[3], Absent);
        Assert.Equal(0, _desk.Book.NeverFetched);
    }

    private void Reference(SourceKey source) => _desk.Book.Reference(source);

    private void ReferenceAndRead(SourceKey source, ulong version, string value)
    {
        Reference(source);
        _desk.Answer(version, value);
        _desk.Changed();
    }
}
