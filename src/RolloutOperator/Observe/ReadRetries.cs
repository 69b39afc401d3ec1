namespace RolloutOperator.Observe;

/// <summary>Reads that failed, by the time at which they are due again.</summary>
internal sealed class ReadRetries
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    // A right that is missing comes from a person: there is no hurry, but it must be noticed without a restart.
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromSeconds(15);

    private readonly PriorityQueue<ReadRequest, TimeSpan> _due = new();

    public TimeSpan? Next => _due.TryPeek(out _, out var due) ? due : null;

    public static TimeSpan Pause(ReadOutcome outcome, int failures, double random)
    {
        var doubled = First * Math.Pow(2, Math.Min(failures - 1, 10));
        var whole = outcome is ReadOutcome.Refused ? AfterRefusal : doubled < Longest ? doubled : Longest;
        return whole * (0.5 + (random / 2));
    }

    public void Add(SourceKey source, long ticket, TimeSpan due) => _due.Enqueue(new(source, ticket), due);

    public bool TryTake(TimeSpan now, out SourceKey source, out long ticket)
    {
        if (_due.TryPeek(out var request, out var due) && due <= now)
        {
            _due.Dequeue();
            (source, ticket) = request;
            return true;
        }

        (source, ticket) = (default, 0);
        return false;
    }
}
