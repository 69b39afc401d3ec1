using RolloutOperator.Timing;
using RolloutOperator.Watching;

namespace RolloutOperator.Caching;

/// <summary>Failed fetches, by the time at which they are due again.</summary>
internal sealed class FetchRetries
{
    private static readonly ExponentialBackoff Backoff = new(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(60));

    // A person has to grant a missing permission: there is no hurry, but no restart should be needed.
    private static readonly TimeSpan AfterForbidden = TimeSpan.FromSeconds(15);

    private readonly PriorityQueue<FetchRequest, TimeSpan> _due = new();

    public TimeSpan? Next => _due.TryPeek(out _, out var due) ? due : null;

    public static TimeSpan Delay(FetchResult result, int failures, double random) => result is FetchResult.Forbidden
        ? ExponentialBackoff.Jitter(AfterForbidden, random)
        : Backoff.After(failures, random);

    public void Add(FetchRequest request, TimeSpan due) => _due.Enqueue(request, due);

    public bool TryTake(TimeSpan now, out FetchRequest request) =>
        _due.TryPeek(out request, out var due) && due <= now && _due.TryDequeue(out request, out _);
}
