using System.CommandLine;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Deciding;
using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Commands;

/// <summary><c>status</c>: every enrolled workload with its state, trouble first.</summary>
internal static class StatusCommand
{
    public static Command Build() => new Command("status", """
        Shows every enrolled workload with its state, trouble first.

        Examples:
          kubectl rollout-operator status -A
          kubectl rollout-operator status -n shop -o json
        """).With(
            [ClusterOptions.Namespace, ClusterOptions.AllNamespaces, ClusterOptions.Selector, ClusterOptions.Output, .. ClusterOptions.Connection],
            RunAsync);

    private static async Task RunAsync(ParseResult parsed, TextWriter output, CancellationToken cancellationToken)
    {
        using var api = ClusterOptions.Connect(parsed);
        var installation = await InstallationReader.ReadAsync(api, parsed.GetValue(ClusterOptions.OperatorNamespace), cancellationToken);
        var cluster = new ClusterDecisions(api, installation);
        var decisions = await cluster.OfEnrolledAsync(ClusterOptions.NamespaceOf(parsed, api), parsed.GetValue(ClusterOptions.Selector), cancellationToken);
        installation = cluster.Installation;
        WorkloadReport[] workloads = [.. decisions.Select(each => each.ToReport()).OrderBy(each => each.State).ThenBy(each => each.Namespace).ThenBy(each => each.Kind).ThenBy(each => each.Name)];
        var format = parsed.GetValue(ClusterOptions.Output);
        if (await Printer.PrintAsync(output, format, new StatusReport(workloads, installation.Doubts)))
        {
            return;
        }

        if (format == OutputFormat.Name)
        {
            foreach (var workload in workloads)
            {
                await output.WriteLineAsync($"{workload.Kind.ToLowerInvariant()}/{workload.Name}");
            }

            return;
        }

        await WriteAsync(parsed, output, workloads, format == OutputFormat.Wide);
        await Notes.WriteAsync(parsed, installation.Doubts);
    }

    private static async Task WriteAsync(ParseResult parsed, TextWriter output, WorkloadReport[] workloads, bool isWide)
    {
        if (workloads.Length == 0)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync("No enrolled workloads found. Enrol one with the label rollout-operator.io/enabled=true, or ask for all namespaces with -A.");
            return;
        }

        var now = TimeProvider.System.GetUtcNow();
        var table = new Table(["NAMESPACE", "WORKLOAD", "STATE", "LAST WRITE", .. isWide ? (string[])["SOURCES", "ROLLOUTS"] : [], "REASON"]) { Palette = Palette.Of(output) };
        foreach (var each in workloads)
        {
            table.Add(
            [
                each.Namespace, $"{each.Kind.ToLowerInvariant()}/{each.Name}", each.State.ToString(), Age.Of(each.LastWrite, now),
                .. isWide ? (string[])[$"{each.Sources}", each.Rollouts is { } rollouts ? $"{rollouts}" : "-"] : [], each.Reason,
            ]);
        }

        await table.WriteAsync(output);
    }
}
