using RolloutOperator.Caching;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;
using RolloutOperator.Watching;
using static RolloutOperator.Tests.Samples;

namespace RolloutOperator.Tests.Caching;

public class SourceCacheFailureTests
{
    private static readonly SourceKey A = Config("a");
    private static readonly SourceKey B = Config("b");
    private static readonly FetchResult Absent = new FetchResult.Absent();
    private static readonly FetchResult Failed = new FetchResult.Failed("no answer");
    private static readonly FetchResult Refused = new FetchResult.Forbidden("may not be read");

    private readonly SourceCacheHarness _cache = new SourceCacheHarness().Watched();

    [Fact]
    public void Catching_up_reads_what_differs_and_what_the_list_lacks_and_nothing_else()
    {
        Read(A, 5, "a");
        Read(B, 6, "b");
        Read(Config("same"), 7, "same");
        _cache.CatchUp((A, 8), (Config("same"), 7));
        var asked = _cache.Requests();
        Assert.Equal([A, B], asked.Select(r => r.Source).Order(Comparer<SourceKey>.Create((x, y) => string.CompareOrdinal(x.Source.Name, y.Source.Name))));
        _cache.Answer(asked.Single(r => r.Source == A), 8, "changed");
        _cache.Answer(asked.Single(r => r.Source == B), Absent);
        Assert.Equal(Content("changed"), _cache.Present(A).Content);
        Assert.Equal(new SourceState.Missing(ResourceVersion.Unknown) { AsOf = ResourceVersion.First }, _cache.State(B));
    }

    [Fact]
    public void Catching_up_stays_in_its_kind_and_its_namespace()
    {
        Read(A, 5, "a");
        Read(Secret("a"), 5, "a");
        Read(Config("a", "elsewhere"), 5, "a");
        _cache.Cache.Relisted(SourceKind.ConfigMap, "shop", new Dictionary<SourceKey, ResourceVersion>());
        Assert.Equal(A, _cache.SingleRequest().Source);
    }

    [Fact]
    public void After_a_restore_from_a_backup_versions_count_from_there()
    {
        Read(A, 100, "new");
        _cache.CatchUp((A, 40));
        _cache.Answer(40, "old");
        Assert.Equal(Content("old"), _cache.Present(A).Content);
        _cache.See(A, 41);
        _cache.Answer(41, "edited");
        Assert.Equal(Content("edited"), _cache.Present(A).Content);
    }

    [Fact]
    public void What_a_restored_backup_lacks_is_read_when_it_comes_to_be()
    {
        Read(A, 99, "x");
        _cache.See(A, 100);
        _cache.Answer(100, "new");
        _cache.CatchUp();
        _cache.Answer(Absent);
        Assert.IsType<SourceState.Missing>(_cache.State(A));
        _cache.See(A, 41);
        _cache.Answer(41, "again");
        Assert.Equal(Content("again"), _cache.Present(A).Content);
    }

    [Fact]
    public void What_was_deleted_before_a_restore_is_read_when_it_comes_to_be()
    {
        Read(A, 99, "x");
        _cache.SeeDeleted(A, 100);
        _cache.CatchUp();
        foreach (var asked in _cache.Requests())
        {
            _cache.Answer(asked, Absent);
        }

        _cache.See(A, 41);
        _cache.Answer(41, "again");
        Assert.Equal(Content("again"), _cache.Present(A).Content);
    }

    [Fact]
    public void A_version_from_before_a_restore_is_not_waited_for()
    {
        Read(A, 40, "x");
        _cache.See(A, 100);
        _cache.Answer(Failed);
        _cache.CatchUp((A, 40));
        _cache.Answer(40, "x");
        _cache.See(A, 41);
        _cache.Answer(41, "edited");
        Assert.Equal(Content("edited"), _cache.Present(A).Content);
    }

    [Fact]
    public void Under_a_forbidden_watch_sources_are_unknown_until_it_starts()
    {
        var cache = new SourceCacheHarness();
        cache.Cache.Reference(A);
        cache.Cache.WatchForbidden(SourceKind.ConfigMap, null, "cannot be watched");
        Assert.Equal(new SourceState.Forbidden("cannot be watched"), cache.State(A));
        cache.Cache.Reference(B);
        Assert.Equal(new SourceState.Forbidden("cannot be watched"), cache.State(B));
        Assert.Equal(0, cache.Cache.NeverFetched);
        Assert.Empty(cache.Requests());

        cache.Cache.WatchStarted(SourceKind.ConfigMap, null, new(1));
        Assert.Equal(2, cache.Requests().Length);
    }

    [Fact]
    public void Under_a_watch_that_is_forbidden_later_nothing_is_known_until_it_starts_again()
    {
        Read(A, 5, "x");
        _cache.Cache.Changed(A, deleted: false, new(6));
        var onItsWay = _cache.SingleRequest();
        _cache.Changed();
        _cache.Cache.WatchForbidden(SourceKind.ConfigMap, null, "cannot be watched");
        Assert.Equal(new SourceState.Forbidden("cannot be watched"), _cache.State(A));
        Assert.Equal([A], _cache.Changed());
        _cache.Answer(onItsWay, new FetchResult.Present(Reading(6, "y")));
        Assert.IsType<SourceState.Forbidden>(_cache.State(A));

        _cache.Cache.WatchStarted(SourceKind.ConfigMap, null, new(1));
        _cache.Answer(_cache.SingleRequest(), new FetchResult.Present(Reading(7, "z")));
        Assert.True(Assert.IsType<SourceState.Present>(_cache.State(A)).IsNewlyFollowed);
        _cache.See(A, 8);
        _cache.Answer(8, "changed");
        Assert.False(Assert.IsType<SourceState.Present>(_cache.State(A)).IsNewlyFollowed);
    }

    [Fact]
    public void A_rotated_key_reads_no_secret_that_is_not_watched()
    {
        _cache.Cache.WatchStarted(SourceKind.Secret, null, new(1));
        var secret = Secret("s");
        _cache.Cache.Reference(secret);
        _cache.Answer(_cache.SingleRequest(), new FetchResult.Present(Reading(5, "x")));
        _cache.Cache.WatchForbidden(SourceKind.Secret, null, "cannot be watched");
        _cache.Cache.DigestKeysChanged();
        Assert.Empty(_cache.Requests());
    }

    [Fact]
    public void An_unwatched_source_is_unknown_at_once_and_fetched_when_a_watch_starts()
    {
        var cache = new SourceCacheHarness(new WatchTarget("configmaps", "shop"));
        var foreign = Config("a", "office");
        cache.Cache.Reference(foreign);
        Assert.Contains("namespace office is none of those that the operator watches", Assert.IsType<SourceState.Forbidden>(cache.State(foreign)).Detail, StringComparison.Ordinal);
        cache.Cache.Reference(A);
        Assert.IsType<SourceState.Unread>(cache.State(A));
        Assert.Equal(1, cache.Cache.NeverFetched);

        cache.Cache.WatchStarted(SourceKind.ConfigMap, "office", new(1));
        Assert.Equal(foreign, cache.SingleRequest().Source);
    }

    [Fact]
    public void A_source_whose_pending_watch_does_not_start_is_not_waited_for()
    {
        var cache = new SourceCacheHarness();
        var (foreign, secret) = (Config("a", "office"), Secret("a", "office"));
        cache.Cache.WatchStarted(SourceKind.Secret, "office", new(1));
        cache.Cache.Reference(foreign);
        cache.Cache.Reference(secret);
        cache.Cache.Reference(A);
        cache.Cache.GiveUpUnwatched();
        Assert.All(new[] { foreign, secret, A }, source => Assert.IsType<SourceState.Unread>(cache.State(source)));

        cache.Coverage.Add(new("configmaps", "shop"));
        cache.Coverage.Reported(NamespaceListWatch.Only);
        cache.Cache.GiveUpUnwatched();
        Assert.IsType<SourceState.Forbidden>(cache.State(foreign));
        Assert.All(new[] { secret, A }, source => Assert.IsType<SourceState.Unread>(cache.State(source)));
        Assert.Equal([foreign], cache.Changed());
    }

    [Fact]
    public void A_source_that_may_not_be_read_is_tried_again_at_leisure()
    {
        _cache.Cache.Reference(A);
        _cache.Answer(_cache.SingleRequest(), Refused, now: TimeSpan.FromSeconds(100));
        Assert.Equal(new SourceState.Forbidden("may not be read"), _cache.State(A));
        Assert.Equal(TimeSpan.FromSeconds(107.5), _cache.Cache.NextRetry);
        _cache.Cache.Retry(TimeSpan.FromSeconds(107.4));
        Assert.Empty(_cache.Requests());
        _cache.Cache.Retry(TimeSpan.FromSeconds(107.5));
        _cache.Answer(5, "x");
        Assert.IsType<SourceState.Present>(_cache.State(A));
        Assert.Null(_cache.Cache.NextRetry);
    }

    [Fact]
    public void A_failure_keeps_what_is_known()
    {
        Read(A, 5, "x");
        _cache.See(A, 6);
        _cache.Answer(Failed);
        Assert.Equal(Content("x"), _cache.Present(A).Content);
        Assert.Empty(_cache.Changed());
    }

    [Fact]
    public void However_often_it_rings_while_it_fails_one_retry_is_queued()
    {
        _cache.Cache.Reference(A);
        _cache.Answer(Failed);
        for (ulong version = 1; version <= 20; version++)
        {
            _cache.See(A, version);
            _cache.Answer(Failed);
        }

        _cache.Cache.Retry(TimeSpan.FromHours(1));
        _cache.Answer(20, "x");
        Assert.Empty(_cache.Requests());
        Assert.Null(_cache.Cache.NextRetry);
    }

    [Fact]
    public void What_rang_while_it_failed_is_read_at_once()
    {
        _cache.Cache.Reference(A);
        _cache.See(A, 5);
        _cache.Answer(Failed);
        _cache.Answer(5, "x");
        Assert.Null(_cache.Cache.NextRetry);
    }

    [Fact]
    public void Failures_in_a_row_wait_ever_longer_and_an_answer_ends_the_row()
    {
        var (now, pauses) = (TimeSpan.Zero, new List<double>());
        _cache.Cache.Reference(A);
        for (int failure = 0; failure < 10; failure++)
        {
            _cache.Answer(_cache.SingleRequest(), Failed, now);
            pauses.Add((_cache.Cache.NextRetry!.Value - now).TotalSeconds);
            now = _cache.Cache.NextRetry.Value;
            _cache.Cache.Retry(now);
        }

        Assert.Equal([0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 30, 30], pauses);
        _cache.Answer(_cache.SingleRequest(), new FetchResult.Present(Reading(5, "x")), now);
        _cache.See(A, 6);
        _cache.Answer(_cache.SingleRequest(), Failed, now);
        Assert.Equal(now + TimeSpan.FromSeconds(0.125), _cache.Cache.NextRetry);
    }

    [Fact]
    public void Of_a_row_of_failures_the_first_is_told_and_then_ever_fewer()
    {
        _cache.Cache.Reference(A);
        for (int failure = 0; failure < 20; failure++)
        {
            _cache.Answer(Failed);
            _cache.Cache.Retry(TimeSpan.MaxValue);
        }

        Assert.Equal(5, _cache.Log.Lines.Count);
        Assert.All(_cache.Log.Lines, line => Assert.Contains("configmaps shop/a", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, 0.25)]
    [InlineData(2, 0.5)]
    [InlineData(9, 60)]
    [InlineData(int.MaxValue, 60)]
    public void A_pause_lies_between_the_half_and_the_whole(int failures, double seconds)
    {
        Assert.Equal(seconds / 2, FetchRetries.Delay(Failed, failures, 0).TotalSeconds);
        Assert.InRange(FetchRetries.Delay(Failed, failures, 0.999_999).TotalSeconds, seconds * 0.99, seconds);
        Assert.Equal(7.5, FetchRetries.Delay(Refused, failures, 0).TotalSeconds);
    }

    private void Read(SourceKey source, ulong version, string value)
    {
        _cache.Cache.Reference(source);
        _cache.Answer(version, value);
        _cache.Changed();
    }
}
