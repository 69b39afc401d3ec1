using RolloutOperator.Timing;
using RolloutOperator.Watching;

namespace RolloutOperator.Caching;

/// <summary>Reads that failed, by the time at which they are due again.</summary>
internal sealed class FetchRetries
{
    private static readonly ExponentialBackoff Backoff = new(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(60));

    // A right that is missing comes from a person: there is no hurry, but it must be noticed without a restart.
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromSeconds(15);

    private readonly PriorityQueue<FetchRequest, TimeSpan> _due = new();

    public TimeSpan? Next => _due.TryPeek(out _, out var due) ? due : null;

    public static TimeSpan Delay(FetchResult result, int failures, double random) => result is FetchResult.Forbidden
        ? ExponentialBackoff.Jitter(AfterRefusal, random)
        : Backoff.After(failures, random);

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
