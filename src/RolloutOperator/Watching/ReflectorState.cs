using RolloutOperator.Timing;

namespace RolloutOperator.Watching;

/// <summary>
/// Where one watcher stands. The machine is pure: <see cref="Next"/> says what follows from what happened, and the
/// driver (<see cref="Reflector"/>) does what the state asks for.
/// </summary>
/// <param name="Failures">Failures in a row: they pace the next attempt.</param>
internal abstract record ReflectorState(int Failures)
{
    private static readonly ExponentialBackoff Backoff = new(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(30));

    // A server that ends watches faster than this is not at its time limit: it is in trouble.
    private static readonly TimeSpan ShortestWatch = TimeSpan.FromSeconds(1);

    /// <summary>A version to watch from is needed: list.</summary>
    /// <param name="Missed">Whether changes since the last version may have been missed.</param>
    /// <param name="Failures">Failures in a row.</param>
    public sealed record Listing(bool Missed, int Failures) : ReflectorState(Failures);

    /// <summary>Watch from the version.</summary>
    /// <param name="Version">The version of the list or of the last event.</param>
    /// <param name="Failures">Failures in a row.</param>
    public sealed record Watching(string Version, int Failures) : ReflectorState(Failures)
    {
        /// <summary>Whether the permission to watch is missing. Nobody is told of changes, so a list has to follow when it is granted.</summary>
        public bool IsRefused { get; init; }
    }

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

        /// <summary>The permission is missing.</summary>
        public sealed record Refused : Input;

        /// <summary>The request or the connection failed; progress up to the version was made, if any.</summary>
        public sealed record Failed(string? Version) : Input;
    }

    public static ReflectorState Start { get; } = new Listing(Missed: false, Failures: 0);

    /// <summary>The one step.</summary>
    public ReflectorState Next(Input input) => (this, input) switch
    {
        // A version that expires as soon as it was listed again must not become a tight loop: failures stay until a watch holds.
        (Listing listing, Input.Listed listed) => new Watching(listed.Version, listing.Missed ? Failures : 0),
        (Watching watching, Input.Refused) => watching with { Failures = Failures + 1, IsRefused = true },
        (Watching { IsRefused: true }, Input.Ended) => new Listing(Missed: true, 0),
        (Watching, Input.Ended ended) => new Watching(ended.Version, ended.Lasted < ShortestWatch ? Failures + 1 : 0),
        (Watching watching, Input.Failed { Version: { } version }) =>
            watching with { Version = version, Failures = version == watching.Version ? Failures + 1 : 1 },
        (Watching, Input.Expired) => new Listing(Missed: true, Failures + 1),
        (Listing listing, _) => listing with { Failures = Failures + 1 },
        (Watching watching, _) => watching with { Failures = Failures + 1 },
        _ => Start,
    };

    /// <summary>The delay before the state's work: none without failures.</summary>
    /// <param name="random">From 0 (inclusive) to 1 (exclusive).</param>
    public TimeSpan Delay(double random) => Backoff.After(Failures, random);
}
