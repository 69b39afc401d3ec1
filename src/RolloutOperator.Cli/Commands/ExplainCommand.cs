using System.CommandLine;
using RolloutOperator.Cli.Deciding;
using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Commands;

/// <summary><c>explain</c>: why a workload would restart, or would not.</summary>
internal static class ExplainCommand
{
    private static readonly Argument<string> Workload = WorkloadArgument.Build();

    public static Command Build() => new Command("explain", """
        Explains why a workload would restart, or would not: its enrolment, its sources and where its template refers to
        them, its ledger, and what the operator decides.

        Examples:
          kubectl rollout-operator explain deployment/greetings -n shop
          kubectl rollout-operator explain sts/db -o yaml
        """) { Workload }.With([ClusterOptions.Namespace, ClusterOptions.Output, .. ClusterOptions.Connection], RunAsync);

    private static async Task RunAsync(ParseResult parsed, TextWriter output, CancellationToken cancellationToken)
    {
        using var api = ClusterOptions.Connect(parsed);
        var explanation = await new ClusterReports(api, parsed.GetValue(ClusterOptions.OperatorNamespace))
            .ExplainAsync(parsed.GetValue(Workload)!, parsed.GetValue(ClusterOptions.Namespace) ?? api.Namespace, cancellationToken);
        if (!await Printer.PrintAsync(output, parsed.GetValue(ClusterOptions.Output), explanation))
        {
            await WriteAsync(output, explanation);
            await Notes.WriteAsync(parsed, explanation.Doubts);
        }
    }

    private static async Task WriteAsync(TextWriter output, Explanation explanation)
    {
        var workload = explanation.Workload;
        await output.WriteLineAsync($"{workload.Kind} {workload.Namespace}/{workload.Name}");
        await output.WriteLineAsync($"  State:     {Palette.Of(output).Paint(workload.State.ToString())}");
        await output.WriteLineAsync($"  Enrolled:  {Table.Printable(explanation.Enrolment)}");
        await output.WriteLineAsync($"  Ledger:    {(explanation.Ledger is { } ledger
            ? $"rollout {ledger.Rollouts}, written by {ledger.Installation ?? "an earlier version"}, digest key {ledger.Key}"
            : "none yet")}");
        await output.WriteLineAsync();
        await output.WriteLineAsync("Decision");
        await output.WriteLineAsync("  " + Table.Printable(explanation.Decision));
        foreach (var remedy in explanation.Remedies)
        {
            await output.WriteLineAsync("  " + Table.Printable(remedy));
        }

        await output.WriteLineAsync();
        if (explanation.Sources.Count > 0)
        {
            await SourcesAsync(output, explanation.Sources);
        }
        else
        {
            await output.WriteLineAsync("No sources: its template reads no ConfigMap, Secret or image that is followed.");
        }

        if (explanation.Rollouts.Count > 0)
        {
            await output.WriteLineAsync();
            await HistoryCommand.Table(explanation.Rollouts).WriteAsync(output);
        }

        if (explanation.Mistakes.Count > 0)
        {
            await output.WriteLineAsync();
            await output.WriteLineAsync("Look at");
        }

        foreach (var mistake in explanation.Mistakes)
        {
            await output.WriteLineAsync($"  {mistake.Name}: {Table.Printable(mistake.Message)}.");
        }
    }

    private static async Task SourcesAsync(TextWriter output, IReadOnlyList<SourceReport> sources)
    {
        var table = new Table("SOURCE", "STATE", "LEDGER", "NOW", "VERSION");
        foreach (var source in sources)
        {
            table.Add(source.Source, source.State, Short(source.Before), Short(source.Now), source.Version ?? "-");
        }

        await table.WriteAsync(output);
        await output.WriteLineAsync();
        var places = new Table("READ AS", "IN", "FIELD", "KEYS");
        foreach (var (source, place) in sources.SelectMany(source => source.Places.Select(place => (source, place))))
        {
            places.Add(source.Source, place.Container ?? "-", place.Field, place.Keys.Count == 0 ? "all" : string.Join(", ", place.Keys));
        }

        await places.WriteAsync(output);
    }

    // A ledger has 32 digits, and an image mark is longer: the beginning tells two apart.
    private static string Short(string? digest) => digest is null ? "-" : digest.Length > 12 ? digest[..12] : digest;
}
