using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Deciding;

/// <summary>What differs from one look to the next.</summary>
internal sealed class StatusChanges
{
    private Dictionary<(string, string, string), WorkloadReport> _before = [];

    /// <summary>The workloads that are new or differ; and those that are gone, as not enrolled.</summary>
    public IReadOnlyList<WorkloadReport> Next(StatusReport status)
    {
        var now = status.Workloads.ToDictionary(each => (each.Namespace, each.Kind, each.Name));
        WorkloadReport[] changed =
        [
            .. status.Workloads.Where(each => _before.GetValueOrDefault((each.Namespace, each.Kind, each.Name)) != each),
            .. _before.Where(each => !now.ContainsKey(each.Key)).Select(each => each.Value with { State = WorkloadState.NotEnrolled, Reason = "it is not enrolled any more, or was deleted" }),
        ];
        _before = now;
        return changed;
    }
}
