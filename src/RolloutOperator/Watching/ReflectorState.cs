using RolloutOperator.Timing;

namespace RolloutOperator.Watching;

/// <summary>
/// Where one watcher stands. The machine is pure: <see cref="Next"/> says what follows from what happened, and the
/// driver (<see cref="Reflector"/>) does what the state asks for.
/// </summary>
/// <param name="Failures">Failures in a row: they pace the next attempt.</param>
internal abstract record ReflectorState(int Failures)
{
    /// <summary>The longest pause in an outage. It bounds the time for which the stores are behind after its end.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(3);

    private static readonly ExponentialBackoff Backoff = new(TimeSpan.FromMilliseconds(500), LongestPause);

    private static readonly ExponentialBackoff AnsweredBackoff = new(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(30));

    // A server that ends watches faster than this is not at its time limit: it is in trouble.
    private static readonly TimeSpan ShortestWatch = TimeSpan.FromSeconds(1);

    /// <summary>Whether the server answers, and would give the same answer again: then there is no hurry.</summary>
    public bool IsAnswered { get; init; }

    /// <summary>A version to watch from is needed: list.</summary>
    /// <param name="Missed">Whether changes since the last version may have been missed.</param>
    /// <param name="Failures">Failures in a row.</param>
    public sealed record Listing(bool Missed, int Failures) : ReflectorState(Failures)
    {
        /// <summary>Whether nothing is known to have been missed: the list only makes sure of that.</summary>
        public bool IsComparison { get; init; }
    }

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
        /// <param name="Version">The version, or null.</param>
        /// <param name="Held">How long the watch was open before that.</param>
        public sealed record Failed(string? Version, TimeSpan Held) : Input;
    }

    public static ReflectorState Start { get; } = new Listing(Missed: false, Failures: 0);

    /// <summary>The one step.</summary>
    public ReflectorState Next(Input input) => (this, input) switch
    {
        // A version that expires as soon as it was listed again must not become a tight loop: failures stay until a watch holds.
        (Listing listing, Input.Listed listed) => new Watching(listed.Version, listing.Missed ? Failures : 0) { IsAnswered = listing.Missed && IsAnswered },
        (Watching watching, Input.Refused) => watching with { Failures = Failures + 1, IsRefused = true, IsAnswered = true },
        (Watching { IsRefused: true }, Input.Ended) => new Listing(Missed: true, 0),
        (Watching, Input.Ended ended) => new Watching(ended.Version, ended.Lasted < ShortestWatch ? Failures + 1 : 0),

        // One that was open for longer than any pause was no failed attempt, even if nothing came: load balancers cut quiet connections.
        (Watching watching, Input.Failed failed) => watching with
        {
            Version = failed.Version ?? watching.Version,
            Failures = (failed.Version ?? watching.Version) != watching.Version || failed.Held > LongestPause ? 1 : Failures + 1,
            IsAnswered = false,
        },
        (Watching, Input.Expired) => new Listing(Missed: true, Failures + 1) { IsAnswered = true },
        (Listing listing, _) => listing with { Failures = Failures + 1, IsAnswered = input is Input.Expired or Input.Refused },
        _ => Start,
    };

    /// <summary>What to do in place of a watch now and then: see whether any event was lost.</summary>
    public ReflectorState Compare() => this is Watching { Failures: 0 } ? new Listing(Missed: true, 0) { IsComparison = true } : this;

    /// <summary>The delay before the state's work: none without failures.</summary>
    /// <param name="random">From 0 (inclusive) to 1 (exclusive).</param>
    public TimeSpan Delay(double random) => (IsAnswered ? AnsweredBackoff : Backoff).After(Failures, random);
}
