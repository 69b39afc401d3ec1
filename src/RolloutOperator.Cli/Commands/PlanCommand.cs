using System.CommandLine;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Deciding;
using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Commands;

/// <summary><c>plan</c>: what would roll.</summary>
internal static class PlanCommand
{
    private const int NothingRolls = 0;
    private const int SomethingRolls = 2;

    public static Command Build() => new Command("plan", """
        Shows which workloads would roll, which would not and why. Nothing is written.

        Exit codes: 0 when nothing would roll, 2 when something would, 1 for errors.

        Examples:
          kubectl rollout-operator plan -n shop
        """).With(
            [ClusterOptions.Namespace, ClusterOptions.AllNamespaces, ClusterOptions.Selector, ClusterOptions.Output, .. ClusterOptions.Connection],
            RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, TextWriter output, CancellationToken cancellationToken)
    {
        using var api = ClusterOptions.Connect(parsed);
        var installation = await InstallationReader.ReadAsync(api, parsed.GetValue(ClusterOptions.OperatorNamespace), cancellationToken);
        var decisions = await new ClusterDecisions(api, installation).OfEnrolledAsync(
            ClusterOptions.NamespaceOf(parsed, api), parsed.GetValue(ClusterOptions.Selector), cancellationToken);
        var report = Report(decisions, installation);
        var format = parsed.GetValue(ClusterOptions.Output);
        if (!await Printer.PrintAsync(output, format, report))
        {
            await WriteAsync(output, report, format);
            await Notes.WriteAsync(parsed, report.Doubts);
        }

        return report.Rolls.Count > 0 ? SomethingRolls : NothingRolls;
    }

    private static PlanReport Report(IEnumerable<Decision> decisions, Installation installation)
    {
        var all = decisions.OrderBy(each => each.Workload.Ref.ToString(), StringComparer.Ordinal).ToLookup(each => each.State);
        return new(
            [.. all[WorkloadState.Stale].Select(each => new PlannedWorkload(WorkloadReport.Of(each), each.Found.Replicas ?? 1))],
            [.. all[WorkloadState.Blocked].Select(WorkloadReport.Of)],
            [.. all[WorkloadState.Held].Select(WorkloadReport.Of)],
            [.. all.Where(group => group.Key is not (WorkloadState.Stale or WorkloadState.Blocked or WorkloadState.Held)).SelectMany(group => group).Select(WorkloadReport.Of)],
            installation.Doubts);
    }

    private static async Task WriteAsync(TextWriter output, PlanReport report, OutputFormat format)
    {
        if (format == OutputFormat.Name)
        {
            foreach (var (workload, _) in report.Rolls)
            {
                await output.WriteLineAsync($"{workload.Kind.ToLowerInvariant()}/{workload.Name}");
            }

            return;
        }

        await SectionAsync(output, "Would roll", report.Rolls.Select(each => (each.Workload, $"{each.Pods} {(each.Pods == 1 ? "pod" : "pods")}: {each.Workload.Reason}")));
        await SectionAsync(output, "Blocked", report.Blocked.Select(each => (each, each.Reason)));
        await SectionAsync(output, "Held", report.Held.Select(each => (each, each.Reason)));
        if (format == OutputFormat.Wide)
        {
            await SectionAsync(output, "Would not roll", report.Others.Select(each => (each, each.Reason)));
        }

        var namespaces = report.Rolls.Select(each => each.Workload.Namespace).Distinct().Count();
        await output.WriteLineAsync(report.Rolls.Count == 0
            ? $"Nothing would roll; {report.Blocked.Count} blocked, {report.Held.Count} held, {report.Others.Count} would not roll."
            : $"{Count(report.Rolls.Count, "workload")} would roll with {Count(report.Rolls.Sum(each => each.Pods), "pod")} in {Count(namespaces, "namespace")}; "
                + $"{report.Blocked.Count} blocked, {report.Held.Count} held, {report.Others.Count} would not roll.");
    }

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

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
