using RolloutOperator.Core.Templates;

namespace RolloutOperator.Queueing;

/// <summary>One workload handed to one worker.</summary>
/// <param name="Key">The workload; nobody else holds it until <see cref="WorkQueue.Done"/>.</param>
/// <param name="Attempts">Failed passes since the last good one.</param>
/// <param name="IsFailing">Whether it was among the failing ones, of which few have a worker at a time: a lost race alone is no reason.</param>
/// <param name="Waited">Since the first change that no good pass has answered yet. It goes on counting through retries.</param>
/// <param name="Overdue">Since the moment it was due: what the workers are behind, free of settling and backoff.</param>
internal readonly record struct WorkItem(WorkloadRef Key, int Attempts, bool IsFailing, TimeSpan Waited, TimeSpan Overdue);
