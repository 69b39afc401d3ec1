namespace RolloutOperator.Cli.Output;

/// <summary>The states of workloads as a table.</summary>
/// <param name="palette">Its colours.</param>
/// <param name="isWide">Whether with more columns.</param>
/// <param name="time">The clock.</param>
internal sealed class StatusText(Palette palette, bool isWide, TimeProvider time)
{
    public Table Table(IEnumerable<WorkloadReport> workloads, bool hasHeader = true)
    {
        var now = time.GetUtcNow();
        var table = new Table(hasHeader ? ["NAMESPACE", "WORKLOAD", "STATE", "LAST WRITE", .. isWide ? (string[])["SOURCES", "ROLLOUTS"] : [], "REASON"] : []) { Palette = palette };
        foreach (var each in workloads)
        {
            table.Add(
            [
                each.Namespace, $"{each.Kind.ToLowerInvariant()}/{each.Name}", each.State.ToString(), Age.Of(each.LastWrite, now),
                .. isWide ? (string[])[$"{each.Sources}", each.Rollouts is { } rollouts ? $"{rollouts}" : "-"] : [], each.Reason,
            ]);
        }

        return table;
    }
}
