using System.CommandLine;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Deciding;
using RolloutOperator.Cli.Manifests;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Commands;

/// <summary><c>plan</c>: what would roll.</summary>
internal static class PlanCommand
{
    private const int NothingRolls = 0;
    private const int SomethingRolls = 2;
    private const int CannotBeSaid = 1;

    private static readonly Option<string[]> Deleted = new("--delete")
    {
        Description = "A source to plan without, such as configmap/a, or configmap/shop/a of another namespace. May be repeated.",
        HelpName = "kind/name",
    };

    public static Command Build() => new Command("plan", """
        Shows which workloads would roll, which would not and why: now or, with files, after these were applied in their
        order by kubectl apply or helm upgrade. Nothing is written.

        Exit codes: 0 when nothing would roll, 2 when something would, 1 for errors, and when it cannot be said of a workload.

        Examples:
          kubectl rollout-operator plan -n shop
          kubectl rollout-operator plan -f changes.yaml
          helm template shop ./chart | kubectl rollout-operator plan -n shop -f -
          kubectl kustomize overlays/live | kubectl rollout-operator plan -f - -o json
        """).With(
            [.. ManifestOptions.All, Deleted, ClusterOptions.Namespace, ClusterOptions.AllNamespaces, ClusterOptions.Selector, ClusterOptions.Output, .. ClusterOptions.Connection],
            RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, TextWriter output, CancellationToken cancellationToken)
    {
        using var api = ClusterOptions.Connect(parsed);
        var manifests = await ManifestOptions.ReadAsync(parsed, parsed.GetValue(ClusterOptions.Namespace) ?? api.Namespace, cancellationToken);
        var installation = await InstallationReader.ReadAsync(api, parsed.GetValue(ClusterOptions.OperatorNamespace), cancellationToken);
        var report = await ReportAsync(parsed, api, installation, manifests, cancellationToken);
        var format = parsed.GetValue(ClusterOptions.Output);
        if (!await Printer.PrintAsync(output, format, report))
        {
            await PlanText.WriteAsync(output, report, format);
            await Notes.WriteAsync(parsed, report.Doubts);
        }

        if (report.ReplacesPods)
        {
            return SomethingRolls;
        }

        foreach (var unknown in report.Unknown)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync(
                Table.Printable($"error: whether {unknown.Kind} {unknown.Namespace}/{unknown.Name} would roll cannot be said: {unknown.Reason}"));
        }

        return report.Unknown.Count > 0 ? CannotBeSaid : NothingRolls;
    }

    private static async Task<PlanReport> ReportAsync(
        ParseResult parsed, ApiServer api, Installation installation, IReadOnlyList<Manifest> manifests, CancellationToken cancellationToken)
    {
        var selector = parsed.GetValue(ClusterOptions.Selector);
        if (parsed.GetResult(ManifestOptions.Files) is null && parsed.GetResult(Deleted) is null)
        {
            var cluster = new ClusterDecisions(api, installation);
            var decisions = await cluster.OfEnrolledAsync(ClusterOptions.NamespaceOf(parsed, api), selector, cancellationToken);
            return decisions.Select(each => new PlannedDecision(each)).ToReport(cluster.Installation.Doubts);
        }

        var after = new ClusterAfterFiles(api, installation);
        foreach (var manifest in manifests)
        {
            await after.ApplyAsync(manifest, cancellationToken);
        }

        foreach (var text in parsed.GetValue(Deleted) ?? [])
        {
            after.Delete(SourceRef.TryParse(text, out var source) && source.Value.Kind != SourceKind.Image
                ? new(source.Value.Kind, source.Value.Namespace ?? parsed.GetValue(ClusterOptions.Namespace) ?? api.Namespace, source.Value.Name)
                : throw new CommandException($"--delete: \"{text}\" is not such as configmap/a, secret/b or serviceaccount/c"));
        }

        var planned = await after.DecideAsync(parsed.GetValue(ClusterOptions.AllNamespaces), selector, cancellationToken);
        return planned.ToReport([.. after.Installation.Doubts, .. after.Doubts]);
    }
}
