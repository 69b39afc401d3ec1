namespace RolloutOperator.Observe.Images;

/// <summary>How often registries are asked, and how sure an answer has to be.</summary>
/// <param name="Interval">From one look at a tag to the next.</param>
internal sealed record ImagePace(TimeSpan Interval)
{
    private static readonly TimeSpan LongestConfirm = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestFirst = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(1);

    // Long enough to see a registry whose servers disagree alternate, and short enough for a tag that was really moved back.
    private const int WindowInLooks = 12;
    private const int QuarantineInLooks = 6;

    /// <summary>How long an answer must have been the same before it counts. One server of many may lag behind the others.</summary>
    public TimeSpan Confirm => Interval < LongestConfirm ? Interval : LongestConfirm;

    /// <summary>First looks are spread over this time.</summary>
    public TimeSpan First => Interval < LongestFirst ? Interval : LongestFirst;

    /// <summary>No tag is looked at more often than that, whoever asks for it.</summary>
    public TimeSpan Gap => Interval < LongestGap ? Interval : LongestGap;

    /// <summary>How far back moves are remembered.</summary>
    public TimeSpan Window => Interval * WindowInLooks;

    /// <summary>How long a tag that went to and fro has to rest before it is believed again.</summary>
    public TimeSpan Quarantine => Interval * QuarantineInLooks;
}
