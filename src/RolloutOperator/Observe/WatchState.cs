namespace RolloutOperator.Observe;

/// <summary>
/// Where one watcher stands. The machine is pure: <see cref="Next"/> says what follows from what happened, and the
/// driver (<see cref="Watcher"/>) does what the state asks for.
/// </summary>
/// <param name="Failures">Failures in a row: they pace the next attempt.</param>
internal abstract record WatchState(int Failures)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    // A server that ends watches faster than this is not at its time limit: it is in trouble.
    private static readonly TimeSpan ShortestWatch = TimeSpan.FromSeconds(1);

    /// <summary>A version to watch from is needed: list.</summary>
    /// <param name="Missed">Whether changes since the last version may have been missed.</param>
    /// <param name="Failures">Failures in a row.</param>
    public sealed record Listing(bool Missed, int Failures) : WatchState(Failures);

    /// <summary>Watch from the version.</summary>
    /// <param name="Version">The version of the list or of the last event.</param>
    /// <param name="Failures">Failures in a row.</param>
    public sealed record Watching(string Version, int Failures) : WatchState(Failures);

    /// <summary>What happened when the driver did what the state asked for.</summary>
    public abstract record Input
    {
        private Input()
        {
        }

        /// <summary>A list came to this version.</summary>
        public sealed record Listed(string Version) : Input;

        /// <summary>The server ended the watch.</summary>
        public sealed record Ended(string Version, TimeSpan Lasted) : Input;

        /// <summary>The version is too old (410 Gone).</summary>
        public sealed record Expired : Input;

        /// <summary>The request or the connection failed; progress up to the version was made, if any.</summary>
        public sealed record Failed(string? Version) : Input;
    }

    public static WatchState Start { get; } = new Listing(Missed: false, Failures: 0);

    /// <summary>The one step.</summary>
    public WatchState Next(Input input) => (this, input) switch
    {
        // A version that expires as soon as it was listed again must not become a tight loop: failures stay until a watch holds.
        (Listing listing, Input.Listed listed) => new Watching(listed.Version, listing.Missed ? Failures : 0),
        (Watching, Input.Ended ended) => new Watching(ended.Version, ended.Lasted < ShortestWatch ? Failures + 1 : 0),
        (Watching watching, Input.Failed { Version: { } version }) =>
            new Watching(version, version == watching.Version ? Failures + 1 : 1),
        (Watching, Input.Expired) => new Listing(Missed: true, Failures + 1),
        (Listing listing, _) => listing with { Failures = Failures + 1 },
        (Watching watching, _) => watching with { Failures = Failures + 1 },
        _ => Start,
    };

    /// <summary>How long to wait before doing what this state asks for: nothing, or doubling to half a minute with jitter.</summary>
    /// <param name="random">From 0 (inclusive) to 1 (exclusive).</param>
    public TimeSpan Pause(double random)
    {
        if (Failures == 0)
        {
            return TimeSpan.Zero;
        }

        var whole = FirstPause * Math.Pow(2, Math.Min(Failures - 1, 10));
        return (whole < LongestPause ? whole : LongestPause) * (0.5 + (random / 2));
    }
}
