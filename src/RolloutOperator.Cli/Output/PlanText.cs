namespace RolloutOperator.Cli.Output;

/// <summary>Prints a plan for people.</summary>
internal static class PlanText
{
    public static async Task WriteAsync(TextWriter output, PlanReport report, OutputFormat format)
    {
        if (format == OutputFormat.Name)
        {
            foreach (var (workload, _) in report.Rolls.Concat(report.TemplateChanges))
            {
                await output.WriteLineAsync($"{workload.Kind.ToLowerInvariant()}/{workload.Name}");
            }

            return;
        }

        await SectionAsync(output, "Would roll", report.Rolls.Select(WithPods));
        await SectionAsync(output, "Would roll by their own template change", report.TemplateChanges.Select(WithPods));
        await SectionAsync(output, "Would be created", report.Created.Select(WithPods));
        await SectionAsync(output, "Blocked", report.Blocked.Select(each => (each, each.Reason)));
        await SectionAsync(output, "Held", report.Held.Select(each => (each, each.Reason)));
        await SectionAsync(output, "Cannot be said", report.Unknown.Select(each => (each, each.Reason)));
        if (format == OutputFormat.Wide)
        {
            await SectionAsync(output, "Would not roll", report.Others.Select(each => (each, each.Reason)));
        }

        if (report.Namespaces.Count > 1)
        {
            await NamespacesAsync(output, report.Namespaces);
        }

        await output.WriteLineAsync(Summary(report));
    }

    private static string Summary(PlanReport report)
    {
        var unknown = report.Unknown.Count == 0 ? "" : $" of {report.Unknown.Count} it cannot be said,";
        var rest = $"{report.Blocked.Count} blocked, {report.Held.Count} held,{unknown} {report.Others.Count} would not roll.";
        if (!report.ReplacesPods)
        {
            return $"{(report.Unknown.Count == 0 ? "Nothing" : "Nothing that can be told")} would roll; {rest}";
        }

        PlannedWorkload[] rolling = [.. report.Rolls, .. report.TemplateChanges];
        var namespaces = rolling.Select(each => each.Workload.Namespace).Distinct().Count();
        return $"{Count(rolling.Length, "workload")} would roll with {Count(rolling.Sum(each => each.Pods), "pod")} in {Count(namespaces, "namespace")}"
            + $"{(report.TemplateChanges.Count > 0 ? $", {report.TemplateChanges.Count} by their own template change" : "")}; {rest}";
    }

    private static (WorkloadReport Workload, string Reason) WithPods(PlannedWorkload planned) => (planned.Workload, $"{Count(planned.Pods, "pod")}: {planned.Workload.Reason}");

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    private static async Task NamespacesAsync(TextWriter output, IReadOnlyList<NamespacePlan> namespaces)
    {
        var table = new Table("NAMESPACE", "ROLLS", "TEMPLATE CHANGES", "PODS", "CREATED", "BLOCKED", "HELD", "UNKNOWN", "OTHERS");
        foreach (var each in namespaces)
        {
            table.Add(each.Namespace, $"{each.Rolls}", $"{each.TemplateChanges}", $"{each.Pods}", $"{each.Created}", $"{each.Blocked}", $"{each.Held}", $"{each.Unknown}", $"{each.Others}");
        }

        await table.WriteAsync(output);
        await output.WriteLineAsync();
    }

    private static async Task SectionAsync(TextWriter output, string title, IEnumerable<(WorkloadReport Workload, string Reason)> workloads)
    {
        var table = new Table();
        foreach (var (workload, reason) in workloads)
        {
            table.Add($"{workload.Kind.ToLowerInvariant()}/{workload.Name}", workload.Namespace, reason);
        }

        if (table.IsEmpty)
        {
            return;
        }

        await output.WriteLineAsync(title);
        await table.WriteAsync(output, "  ");
        await output.WriteLineAsync();
    }
}
