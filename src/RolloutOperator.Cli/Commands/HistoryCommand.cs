using System.CommandLine;
using System.Globalization;
using RolloutOperator.Cli.Deciding;
using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Commands;

/// <summary><c>history</c>: the rollouts of a workload.</summary>
internal static class HistoryCommand
{
    private static readonly Argument<string> Workload = WorkloadArgument.Build();

    public static Command Build() => new Command("history", """
        Shows the rollouts of a workload: when, why, and how long they took. Kubernetes keeps as many revisions as
        revisionHistoryLimit says, and Events for an hour.

        Examples:
          kubectl rollout-operator history deployment/greetings -n shop
        """) { Workload }.With([ClusterOptions.Namespace, ClusterOptions.Output, .. ClusterOptions.Connection], RunAsync);

    private static async Task RunAsync(ParseResult parsed, TextWriter output, CancellationToken cancellationToken)
    {
        using var api = ClusterOptions.Connect(parsed);
        var history = await new ClusterReports(api, parsed.GetValue(ClusterOptions.OperatorNamespace))
            .HistoryAsync(parsed.GetValue(Workload)!, parsed.GetValue(ClusterOptions.Namespace) ?? api.Namespace, cancellationToken);
        if (!await Printer.PrintAsync(output, parsed.GetValue(ClusterOptions.Output), history))
        {
            await Table(history.Rollouts).WriteAsync(output);
            await Notes.WriteAsync(parsed, history.Doubts);
        }
    }

    /// <summary>The rollouts as a table.</summary>
    public static Table Table(IEnumerable<RolloutReport> rollouts)
    {
        var table = new Table("REVISION", "ROLLOUT", "STARTED", "TOOK", "CAUSE");
        foreach (var each in rollouts)
        {
            table.Add(
                each.Revision.ToString(CultureInfo.InvariantCulture),
                each.Rollout?.ToString(CultureInfo.InvariantCulture) ?? "-",
                each.Started?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "-",
                each.Seconds is { } seconds ? string.Create(CultureInfo.InvariantCulture, $"{seconds}s") : "-",
                each.Cause ?? "-");
        }

        return table;
    }
}
