using System.Collections.Concurrent;
using System.Collections.Immutable;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Applying;

/// <summary>
/// What was said last of each workload, for each reason: saying it again costs no request. Only workloads that are
/// enrolled have an entry, and none has more of them than there are reasons.
/// </summary>
internal sealed class EventDeduplicator(TimeProvider time)
{
    // The API server keeps Events for an hour by default: what still holds then is worth saying again.
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<WorkloadRef, ImmutableDictionary<string, Said>> _said = [];

    public int Count => _said.Count;

    public bool Has(WorkloadRef workload, string reason, Digest words) =>
        _said.TryGetValue(workload, out var said) && said.TryGetValue(reason, out var last)
        && last.Words == words && time.GetElapsedTime(last.At) < Kept;

    public void Note(WorkloadRef workload, string reason, Digest words)
    {
        var now = new Said(words, time.GetTimestamp());
        _said.AddOrUpdate(
            workload, _ => ImmutableDictionary<string, Said>.Empty.SetItem(reason, now), (_, said) => said.SetItem(reason, now));
    }

    public void Forget(WorkloadRef workload) => _said.TryRemove(workload, out _);

    private sealed record Said(Digest Words, long At);
}
