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

    private readonly SourceCacheHarness _desk = new SourceCacheHarness().Hung();

    [Fact]
    public void Catching_up_reads_what_differs_and_what_the_list_lacks_and_nothing_else()
    {
        Read(A, 5, "a");
        Read(B, 6, "b");
        Read(Config("same"), 7, "same");
        _desk.CatchUp((A, 8), (Config("same"), 7));
        var asked = _desk.Asked();
        Assert.Equal([A, B], asked.Select(r => r.Source).Order(Comparer<SourceKey>.Create((x, y) => string.CompareOrdinal(x.Source.Name, y.Source.Name))));
        _desk.Answer(asked.Single(r => r.Source == A), 8, "changed");
        _desk.Answer(asked.Single(r => r.Source == B), Absent);
        Assert.Equal(Content("changed"), _desk.Present(A).Content);
        Assert.Equal(new SourceState.Missing(ResourceVersion.Unknown), _desk.State(B));
    }

    [Fact]
    public void Catching_up_stays_in_its_kind_and_its_namespace()
    {
        Read(A, 5, "a");
        Read(Secret("a"), 5, "a");
        Read(Config("a", "elsewhere"), 5, "a");
        _desk.Book.Relisted(SourceKind.ConfigMap, "shop", new Dictionary<SourceKey, ResourceVersion>());
        Assert.Equal(A, _desk.AskedOnce().Source);
    }

    [Fact]
    public void After_a_restore_from_a_backup_versions_count_from_there()
    {
        Read(A, 100, "new");
        _desk.CatchUp((A, 40));
        _desk.Answer(40, "old");
        Assert.Equal(Content("old"), _desk.Present(A).Content);
        _desk.Ring(A, 41);
        _desk.Answer(41, "edited");
        Assert.Equal(Content("edited"), _desk.Present(A).Content);
    }

    [Fact]
    public void What_a_restored_backup_lacks_is_read_when_it_comes_to_be()
    {
        Read(A, 99, "x");
        _desk.Ring(A, 100);
        _desk.Answer(100, "new");
        _desk.CatchUp();
        _desk.Answer(Absent);
        Assert.IsType<SourceState.Missing>(_desk.State(A));
        _desk.Ring(A, 41);
        _desk.Answer(41, "again");
        Assert.Equal(Content("again"), _desk.Present(A).Content);
    }

    [Fact]
    public void What_was_deleted_before_a_restore_is_read_when_it_comes_to_be()
    {
        Read(A, 99, "x");
        _desk.RingDeleted(A, 100);
        _desk.CatchUp();
        foreach (var asked in _desk.Asked())
        {
            _desk.Answer(asked, Absent);
        }

        _desk.Ring(A, 41);
        _desk.Answer(41, "again");
        Assert.Equal(Content("again"), _desk.Present(A).Content);
    }

    [Fact]
    public void A_ring_from_before_a_restore_is_waited_for_no_longer()
    {
        Read(A, 40, "x");
        _desk.Ring(A, 100);
        _desk.Answer(Failed);
        _desk.CatchUp((A, 40));
        _desk.Answer(40, "x");
        _desk.Ring(A, 41);
        _desk.Answer(41, "edited");
        Assert.Equal(Content("edited"), _desk.Present(A).Content);
    }

    [Fact]
    public void A_bell_that_is_refused_blocks_what_was_not_read_and_hanging_it_reads_it()
    {
        var desk = new SourceCacheHarness();
        desk.Book.Reference(A);
        desk.Book.WatchForbidden(SourceKind.ConfigMap, null, "cannot be watched");
        Assert.Equal(new SourceState.Forbidden("cannot be watched"), desk.State(A));
        desk.Book.Reference(B);
        Assert.Equal(new SourceState.Forbidden("cannot be watched"), desk.State(B));
        Assert.Equal(0, desk.Book.NeverFetched);
        Assert.Empty(desk.Asked());

        desk.Book.WatchStarted(SourceKind.ConfigMap, null);
        Assert.Equal(2, desk.Asked().Length);
    }

    [Fact]
    public void A_bell_that_is_refused_later_leaves_alone_what_was_read()
    {
        Read(A, 5, "x");
        _desk.Book.WatchForbidden(SourceKind.ConfigMap, null, "cannot be watched");
        Assert.IsType<SourceState.Present>(_desk.State(A));
    }

    [Fact]
    public void An_unwatched_source_blocks_at_once_and_is_fetched_when_a_watch_starts()
    {
        var desk = new SourceCacheHarness(new WatchTarget("configmaps", "shop"));
        var foreign = Config("a", "office");
        desk.Book.Reference(foreign);
        Assert.Contains("namespace office is none of those that the operator watches", Assert.IsType<SourceState.Forbidden>(desk.State(foreign)).Detail, StringComparison.Ordinal);
        desk.Book.Reference(A);
        Assert.IsType<SourceState.Unread>(desk.State(A));
        Assert.Equal(1, desk.Book.NeverFetched);

        desk.Book.WatchStarted(SourceKind.ConfigMap, "office");
        Assert.Equal(foreign, desk.AskedOnce().Source);
    }

    [Fact]
    public void A_source_whose_pending_watch_does_not_start_blocks_its_users()
    {
        var desk = new SourceCacheHarness();
        var (foreign, secret) = (Config("a", "office"), Secret("a", "office"));
        desk.Book.WatchStarted(SourceKind.Secret, "office");
        desk.Book.Reference(foreign);
        desk.Book.Reference(secret);
        desk.Book.Reference(A);
        desk.Book.BlockUnwatched();
        Assert.All(new[] { foreign, secret, A }, source => Assert.IsType<SourceState.Unread>(desk.State(source)));

        desk.Coverage.Add(new("configmaps", "shop"));
        desk.Coverage.Reported(NamespaceListWatch.Only);
        desk.Book.BlockUnwatched();
        Assert.IsType<SourceState.Forbidden>(desk.State(foreign));
        Assert.All(new[] { secret, A }, source => Assert.IsType<SourceState.Unread>(desk.State(source)));
        Assert.Equal([foreign], desk.Changed());
    }

    [Fact]
    public void A_source_that_may_not_be_read_is_tried_again_at_leisure()
    {
        _desk.Book.Reference(A);
        _desk.Answer(_desk.AskedOnce(), Refused, now: TimeSpan.FromSeconds(100));
        Assert.Equal(new SourceState.Forbidden("may not be read"), _desk.State(A));
        Assert.Equal(TimeSpan.FromSeconds(107.5), _desk.Book.NextRetry);
        _desk.Book.Retry(TimeSpan.FromSeconds(107.4));
        Assert.Empty(_desk.Asked());
        _desk.Book.Retry(TimeSpan.FromSeconds(107.5));
        _desk.Answer(5, "x");
        Assert.IsType<SourceState.Present>(_desk.State(A));
        Assert.Null(_desk.Book.NextRetry);
    }

    [Fact]
    public void A_failure_keeps_what_is_known()
    {
        Read(A, 5, "x");
        _desk.Ring(A, 6);
        _desk.Answer(Failed);
        Assert.Equal(Content("x"), _desk.Present(A).Content);
        Assert.Empty(_desk.Changed());
    }

    [Fact]
    public void However_often_it_rings_while_it_fails_one_retry_is_queued()
    {
        _desk.Book.Reference(A);
        _desk.Answer(Failed);
        for (ulong version = 1; version <= 20; version++)
        {
            _desk.Ring(A, version);
            _desk.Answer(Failed);
        }

        _desk.Book.Retry(TimeSpan.FromHours(1));
        _desk.Answer(20, "x");
        Assert.Empty(_desk.Asked());
        Assert.Null(_desk.Book.NextRetry);
    }

    [Fact]
    public void What_rang_while_it_failed_is_read_at_once()
    {
        _desk.Book.Reference(A);
        _desk.Ring(A, 5);
        _desk.Answer(Failed);
        _desk.Answer(5, "x");
        Assert.Null(_desk.Book.NextRetry);
    }

    [Fact]
    public void Failures_in_a_row_wait_ever_longer_and_an_answer_ends_the_row()
    {
        var (now, pauses) = (TimeSpan.Zero, new List<double>());
        _desk.Book.Reference(A);
        for (int failure = 0; failure < 10; failure++)
        {
            _desk.Answer(_desk.AskedOnce(), Failed, now);
            pauses.Add((_desk.Book.NextRetry!.Value - now).TotalSeconds);
            now = _desk.Book.NextRetry.Value;
            _desk.Book.Retry(now);
        }

        Assert.Equal([0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 30, 30], pauses);
        _desk.Answer(_desk.AskedOnce(), new FetchResult.Present(Reading(5, "x")), now);
        _desk.Ring(A, 6);
        _desk.Answer(_desk.AskedOnce(), Failed, now);
        Assert.Equal(now + TimeSpan.FromSeconds(0.125), _desk.Book.NextRetry);
    }

    [Fact]
    public void Of_a_row_of_failures_the_first_is_told_and_then_ever_fewer()
    {
        _desk.Book.Reference(A);
        for (int failure = 0; failure < 20; failure++)
        {
            _desk.Answer(Failed);
            _desk.Book.Retry(TimeSpan.MaxValue);
        }

        Assert.Equal(5, _desk.Log.Lines.Count);
        Assert.All(_desk.Log.Lines, line => Assert.Contains("configmaps shop/a", line, StringComparison.Ordinal));
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
        _desk.Book.Reference(source);
        _desk.Answer(version, value);
        _desk.Changed();
    }
}
