using System.Collections.Concurrent;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Reconciling;

/// <summary>
/// The ledgers that a dry run would have written. Each decision is made as if the ones before it had been carried out, and is
/// therefore made once. A ledger that somebody really writes, such as an operator beside the dry run, is worth more.
/// </summary>
internal sealed class UnwrittenLedgers
{
    private readonly ConcurrentDictionary<WorkloadRef, Unwritten> _ledgers = [];

    /// <param name="Uid">The workload's uid: one that was deleted and created again has another ledger.</param>
    /// <param name="Instead">The ledger that the workload really had, if it had one.</param>
    /// <param name="Ledger">The ledger that it would have.</param>
    private sealed record Unwritten(string Uid, Ledger? Instead, Ledger Ledger);

    /// <summary>Whether the workload would have a ledger.</summary>
    public bool Has(WorkloadRef workload) => _ledgers.ContainsKey(workload);

    /// <summary>The workload as it would be.</summary>
    public Workload Over(Workload workload) =>
        _ledgers.TryGetValue(workload.Ref, out var unwritten) && unwritten.Uid == workload.Uid && Equals(unwritten.Instead, workload.Ledger)
            ? workload with { Ledger = unwritten.Ledger, LastLedger = unwritten.Ledger }
            : workload;

    /// <summary>The plan would have been carried out.</summary>
    /// <param name="workload">The workload as it would have been before.</param>
    /// <param name="plan">The plan.</param>
    public void Record(Workload workload, Plan.Write plan)
    {
        // A rollout counts as complete: the template stays, and its pods are taken to have read what new ones would have.
        var ledger = plan is Plan.Roll ? plan.Ledger with { Counter = workload.TemplateRollout, Again = 0, Earlier = [] } : plan.Ledger;
        var instead = _ledgers.TryGetValue(workload.Ref, out var last) && ReferenceEquals(last.Ledger, workload.Ledger) ? last.Instead : workload.Ledger;
        _ledgers[workload.Ref] = new(workload.Uid, instead, ledger);
    }

    /// <summary>The workload is gone, or not enrolled any more.</summary>
    public void Forget(WorkloadRef workload) => _ledgers.TryRemove(workload, out _);
}
