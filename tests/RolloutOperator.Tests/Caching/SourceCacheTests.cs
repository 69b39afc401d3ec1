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

    private readonly SourceCacheHarness _cache = new SourceCacheHarness().Watched();

    [Theory]
    [InlineData(null)]
    [InlineData("shop")]
    public void Nothing_is_read_before_its_bell_hangs(string? scope)
    {
        var cache = new SourceCacheHarness();
        cache.Cache.Reference(A);
        cache.Cache.WatchStarted(SourceKind.Secret, scope, new(1));
        cache.Cache.WatchStarted(SourceKind.ConfigMap, "elsewhere", new(1));
        Assert.Empty(cache.Requests());

        cache.Cache.WatchStarted(SourceKind.ConfigMap, scope, new(1));
        Assert.Equal(A, cache.SingleRequest().Source);
        cache.Cache.Reference(Config("b"));
        Assert.Equal(Config("b"), cache.SingleRequest().Source);
    }

    [Fact]
    public void An_answer_becomes_the_state_and_is_reported()
    {
        Reference(A);
        Assert.Same(SourceState.NotRead, _cache.State(A));
        _cache.Answer(5, "x");
        Assert.Equal(Content("x"), _cache.Present(A).Content);
        Assert.Equal(new(5), _cache.Present(A).Since);
        Assert.Equal([A], _cache.Changed());
    }

    [Fact]
    public void What_rings_while_it_is_read_is_read_once_more()
    {
        Reference(A);
        _cache.See(A, 6);
        _cache.See(A, 7);
        _cache.Answer(7, "x");
        _cache.Answer(7, "x");
        Assert.Empty(_cache.Requests());
    }

    [Fact]
    public void A_watch_event_of_a_version_already_read_reads_nothing()
    {
        ReferenceAndRead(A, 7, "x");
        _cache.See(A, 7);
        _cache.See(A, 6);
        _cache.SeeDeleted(A, 5);
        Assert.Empty(_cache.Requests());
        Assert.IsType<SourceState.Present>(_cache.State(A));
    }

    [Fact]
    public void A_response_older_than_the_watch_event_is_dropped()
    {
        ReferenceAndRead(A, 5, "x");
        _cache.See(A, 9);
        _cache.Answer(7, "y");
        Assert.Equal(Content("x"), _cache.Present(A).Content);
        _cache.Cache.Retry(TimeSpan.FromMinutes(1));
        _cache.Answer(9, "z");
        Assert.Equal(Content("z"), _cache.Present(A).Content);
    }

    [Fact]
    public void An_answer_older_than_what_was_read_is_not_taken()
    {
        Reference(A);
        _cache.See(A, 6);
        _cache.Answer(9, "new");
        _cache.Answer(8, "old");
        Assert.Equal(Content("new"), _cache.Present(A).Content);
        Assert.NotNull(_cache.Cache.NextRetry);
    }

    [Fact]
    public void An_absence_is_not_taken_when_it_rang_meanwhile()
    {
        Reference(A);
        _cache.See(A, 6);
        _cache.Answer(Absent);
        Assert.Same(SourceState.NotRead, _cache.State(A));
        _cache.Answer(6, "x");
        Assert.Equal(Content("x"), _cache.Present(A).Content);
    }

    [Fact]
    public void An_absence_is_known_without_a_version()
    {
        Reference(A);
        _cache.Answer(Absent);
        Assert.Equal(new SourceState.Missing(ResourceVersion.Unknown) { AsOf = ResourceVersion.First }, _cache.State(A));
        Assert.Equal([A], _cache.Changed());
    }

    [Fact]
    public void A_deletion_needs_no_read_and_a_stale_answer_after_it_is_not_taken()
    {
        ReferenceAndRead(A, 5, "x");
        _cache.See(A, 6);
        _cache.SeeDeleted(A, 7);
        Assert.Equal(new SourceState.Missing(new(7)) { AsOf = new(7) }, _cache.State(A));
        _cache.Answer(6, "y");
        Assert.Equal(new SourceState.Missing(new(7)) { AsOf = new(7) }, _cache.State(A));
        _cache.Cache.Retry(TimeSpan.FromMinutes(1));
        _cache.Answer(Absent);
        Assert.Equal(new SourceState.Missing(new(7)) { AsOf = new(7) }, _cache.State(A));
        Assert.Null(_cache.Cache.NextRetry);
    }

    [Fact]
    public void What_comes_to_be_again_is_read()
    {
        ReferenceAndRead(A, 5, "x");
        _cache.SeeDeleted(A, 7);
        _cache.See(A, 8);
        _cache.Answer(8, "x");
        Assert.Equal(new(8), _cache.Present(A).Since);
    }

    [Fact]
    public void Content_that_stays_the_same_stays_as_old_as_it_is_and_is_no_news()
    {
        ReferenceAndRead(A, 5, "x");
        _cache.See(A, 6);
        _cache.Answer(6, "x");
        Assert.Equal(new(5), _cache.Present(A).Since);
        Assert.Empty(_cache.Changed());
    }

    [Fact]
    public void Of_earlier_contents_the_newest_eight_are_kept_newest_first()
    {
        ReferenceAndRead(A, 1, "1");
        for (ulong version = 2; version <= 12; version++)
        {
            _cache.See(A, version);
            _cache.Answer(version, $"{version}");
        }

        Assert.Equal(((int[])[11, 10, 9, 8, 7, 6, 5, 4]).Select(v => Content($"{v}")), _cache.Present(A).Earlier.Select(earlier => earlier.Content));
    }

    [Fact]
    public void Where_versions_are_no_numbers_every_answer_and_every_ring_counts()
    {
        ReferenceAndRead(A, 0, "x");
        _cache.See(A, 0);
        _cache.Answer(0, "y");
        Assert.Equal(Content("y"), _cache.Present(A).Content);
        _cache.SeeDeleted(A, 0);
        Assert.Equal(new SourceState.Missing(ResourceVersion.Unknown), _cache.State(A));
    }

    [Fact]
    public void Where_versions_are_no_numbers_an_answer_from_before_a_deletion_does_not_last()
    {
        ReferenceAndRead(A, 0, "x");
        _cache.See(A, 0);
        _cache.SeeDeleted(A, 0);
        _cache.Answer(0, "x");
        _cache.Answer(Absent);
        Assert.IsType<SourceState.Missing>(_cache.State(A));
    }

    [Fact]
    public void Rings_and_answers_for_what_nobody_references_are_dropped()
    {
        _cache.See(A, 5);
        _cache.SeeDeleted(A, 6);
        _cache.Answer(new(A, 1, ResourceVersion.Unknown), 5, "x");
        Assert.Same(SourceState.NotRead, _cache.State(A));
        Assert.Empty(_cache.Requests());
        Assert.Empty(_cache.Changed());
    }

    [Fact]
    public void A_source_is_kept_until_its_last_user_lets_go()
    {
        ReferenceAndRead(A, 5, "x");
        _cache.Cache.Reference(A);
        Assert.Empty(_cache.Requests());
        _cache.Cache.Release(A);
        Assert.Equal("a", _cache.Interest.Find("a"));
        Assert.IsType<SourceState.Present>(_cache.State(A));

        _cache.Cache.Release(A);
        Assert.Null(_cache.Interest.Find("a"));
        Assert.Same(SourceState.NotRead, _cache.State(A));
        _cache.Cache.Release(A);
        Reference(A);
        Assert.Equal("a", _cache.Interest.Find("a"));
    }

    [Fact]
    public void A_name_is_of_interest_as_long_as_any_source_has_it()
    {
        _cache.Cache.Reference(A);
        _cache.Cache.Reference(Secret("a"));
        _cache.Cache.Reference(Config("a", "elsewhere"));
        _cache.Cache.Release(A);
        _cache.Cache.Release(Secret("a"));
        Assert.Equal("a", _cache.Interest.Find("a"));
        _cache.Cache.Release(Config("a", "elsewhere"));
        Assert.Null(_cache.Interest.Find("a"));
    }

    [Fact]
    public void An_answer_for_a_reference_that_was_dropped_and_made_again_is_ignored()
    {
        Reference(A);
        var first = _cache.SingleRequest();
        _cache.Cache.Release(A);
        Reference(A);
        var second = _cache.SingleRequest();
        _cache.Answer(first, 5, "x");
        Assert.Same(SourceState.NotRead, _cache.State(A));
        _cache.Answer(second, 6, "y");
        Assert.Equal(Content("y"), _cache.Present(A).Content);
    }

    [Fact]
    public void A_retry_for_a_reference_that_was_dropped_and_made_again_is_ignored()
    {
        Reference(A);
        _cache.Answer(Failed);
        _cache.Cache.Release(A);
        Reference(A);
        _cache.Answer(5, "x");
        _cache.Cache.Retry(TimeSpan.FromMinutes(1));
        Assert.Empty(_cache.Requests());
        Assert.Null(_cache.Cache.NextRetry);
    }

    [Fact]
    public void Untried_is_what_nothing_at_all_is_known_of()
    {
        SourceKey[] sources = [A, Config("b"), Config("c"), Config("d")];
        Array.ForEach(sources, Reference);
        Assert.Equal(4, _cache.Cache.NeverFetched);
        var asked = _cache.Requests();
        _cache.Answer(asked[0], 5, "x");
        _cache.Answer(asked[1], Failed);
        Assert.Equal(2, _cache.Cache.NeverFetched);
        _cache.Cache.Release(sources[2]);
        _cache.Cache.Release(sources[1]);
        Assert.Equal(1, _cache.Cache.NeverFetched);
        _cache.SeeDeleted(sources[3], 5);
        Assert.Equal(0, _cache.Cache.NeverFetched);
        _cache.Answer(asked[3], Absent);
        Assert.Equal(0, _cache.Cache.NeverFetched);
    }

    [Fact]
    public void A_mark_is_a_part_of_the_state_and_when_it_goes_the_content_is_taken_as_read()
    {
        ReferenceAndRead(A, 5, "x");
        Marked(6, "x", IgnoreMark.Ignored);
        Assert.Equal([A], _cache.Changed());
        Assert.True(_cache.Present(A).IsIgnored);
        Marked(7, "y", IgnoreMark.Ignored);
        Marked(8, "y", IgnoreMark.None);
        Assert.True(_cache.Present(A) is { IsIgnored: false, IsNewlyFollowed: true });
        Marked(9, "y", IgnoreMark.None);
        Assert.True(_cache.Present(A).IsNewlyFollowed);
        Marked(10, "z", IgnoreMark.None);
        Assert.False(_cache.Present(A).IsNewlyFollowed);

        // With the same edit.
        Marked(11, "z", IgnoreMark.Ignored);
        Marked(12, "w", IgnoreMark.None);
        Assert.True(_cache.Present(A).IsNewlyFollowed);
    }

    [Fact]
    public void When_a_marked_source_is_deleted_nothing_has_changed()
    {
        ReferenceAndRead(A, 5, "x");
        Marked(6, "x", IgnoreMark.Ignored);
        _cache.SeeDeleted(A, 7);
        Assert.Equal(new SourceState.Missing(ResourceVersion.Unknown) { AsOf = new(7) }, _cache.State(A));
    }

    [Fact]
    public void A_mark_that_is_not_understood_is_logged_once()
    {
        ReferenceAndRead(A, 5, "x");
        Marked(6, "x", IgnoreMark.Invalid);
        Marked(7, "y", IgnoreMark.Invalid);
        Assert.Contains("configmaps shop/a is marked with rollout-operator.io/ignore", Assert.Single(_cache.Log.Lines), StringComparison.Ordinal);
        Assert.False(_cache.Present(A).IsIgnored);
        Marked(8, "y", IgnoreMark.None);
        Marked(9, "y", IgnoreMark.Invalid);
        Assert.Equal(2, _cache.Log.Lines.Count);
    }

    private void Marked(ulong version, string value, IgnoreMark mark)
    {
        _cache.See(A, version);
        _cache.Answer(new FetchResult.Present(Reading(version, value) with { Mark = mark }));
    }

    private void Reference(SourceKey source) => _cache.Cache.Reference(source);

    private void ReferenceAndRead(SourceKey source, ulong version, string value)
    {
        Reference(source);
        _cache.Answer(version, value);
        _cache.Changed();
    }
}
