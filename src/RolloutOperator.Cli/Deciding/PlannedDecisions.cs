using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Deciding;

/// <summary>Sorts decisions by what they come to.</summary>
internal static class PlannedDecisions
{
    /// <summary>What all of them come to.</summary>
    public static PlanReport ToReport(this IEnumerable<PlannedDecision> decisions, IEnumerable<string> doubts)
    {
        PlannedDecision[] all = [.. decisions.OrderBy(each => each.Workload.Ref.ToString(), StringComparer.Ordinal)];
        return new()
        {
            Rolls = [.. all.Where(IsRoll).Select(Planned)],
            TemplateChanges = [.. all.Where(IsTurn).Select(Planned)],
            Created = [.. all.Where(IsCreation).Select(Planned)],
            Blocked = [.. Of(WorkloadState.Blocked)],
            Held = [.. Of(WorkloadState.Held)],
            Unknown = [.. all.Where(IsUnknown).Select(each => each.Report())],
            Others = [.. all.Where(IsOther).Select(each => each.Report())],
            Namespaces =
            [
                .. all.GroupBy(each => each.Workload.Ref.Namespace).Select(group => new NamespacePlan(
                    group.Key, group.Count(IsRoll), group.Where(IsRoll).Concat(group.Where(IsTurn)).Distinct().Sum(each => each.Pods), group.Count(IsTurn), group.Count(IsCreation),
                    group.Count(each => each.State == WorkloadState.Blocked), group.Count(each => each.State == WorkloadState.Held),
                    group.Count(IsUnknown), group.Count(IsOther))),
            ],
            Doubts = [.. doubts],
        };

        IEnumerable<WorkloadReport> Of(WorkloadState state) => all.Where(each => each.State == state).Select(each => each.Report());
    }

    private static bool IsRoll(PlannedDecision decision) => decision.State == WorkloadState.Stale;

    private static bool IsTurn(PlannedDecision decision) => decision.TurnsTemplate && decision.Workload.Enrolled && !IsRoll(decision);

    private static bool IsCreation(PlannedDecision decision) => decision.IsCreated && decision.Workload.Enrolled;

    private static bool IsUnknown(PlannedDecision decision) => decision.State == WorkloadState.Unknown && !IsTurn(decision) && !IsCreation(decision);

    private static bool IsOther(PlannedDecision decision) =>
        !IsRoll(decision) && !IsTurn(decision) && !IsCreation(decision) && !IsUnknown(decision) && decision.State is not (WorkloadState.Blocked or WorkloadState.Held);

    private static PlannedWorkload Planned(PlannedDecision decision) => new(decision.Report(), decision.Pods);
}
