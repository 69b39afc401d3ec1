using System.Collections.Concurrent;
using RolloutOperator.Core;

namespace RolloutOperator.Reconcile;

/// <summary>Which workloads the last pass found blocked or held: for the gauges, no decision looks here.</summary>
internal sealed class Standings
{
    private readonly ConcurrentDictionary<WorkloadRef, bool> _blocked = [];
    private readonly ConcurrentDictionary<WorkloadRef, bool> _held = [];

    public int Blocked => _blocked.Count;

    public int Held => _held.Count;

    public void Note(WorkloadRef workload, Plan plan)
    {
        Mark(_blocked, workload, plan is Plan.Blocked);
        Mark(_held, workload, plan is Plan.Hold);
    }

    private static void Mark(ConcurrentDictionary<WorkloadRef, bool> set, WorkloadRef workload, bool isIn)
    {
        if (isIn)
        {
            set[workload] = true;
        }
        else
        {
            set.TryRemove(workload, out _);
        }
    }
}
