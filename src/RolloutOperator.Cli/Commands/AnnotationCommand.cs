using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Deciding;
using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Commands;

/// <summary>What a command makes of a workload.</summary>
/// <param name="Annotation">The annotation as it is to be.</param>
/// <param name="IsChange">Whether it is not so yet.</param>
/// <param name="Done">What was done, as kubectl says it after the name.</param>
/// <param name="Next">What happens next, as sentences.</param>
internal sealed record AnnotationOutcome(WorkloadAnnotation Annotation, bool IsChange, string Done, IReadOnlyList<string> Next);

/// <summary>The commands that write one annotation of a workload.</summary>
internal static class AnnotationCommand
{
    // Controllers write the status of a workload again and again, each time with a new version.
    private const int MostAttempts = 8;

    private static readonly Argument<string> Workload = WorkloadArgument.Build();

    private static readonly Option<DryRun> DryRunOption = ModeOption();

    /// <summary>Builds one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">Its description.</param>
    /// <param name="decide">What it makes of a workload, from the operator's decision and the object itself; throws a <see cref="CommandException"/> if it cannot be done.</param>
    public static Command Build(string name, string description, Func<Decision, JsonElement, AnnotationOutcome> decide) =>
        new Command(name, description) { Workload }.With(
            [DryRunOption, ClusterOptions.Namespace, ClusterOptions.Output, .. ClusterOptions.Connection],
            (parsed, output, cancellationToken) => RunAsync(parsed, output, decide, cancellationToken));

    private static async Task RunAsync(ParseResult parsed, TextWriter output, Func<Decision, JsonElement, AnnotationOutcome> decide, CancellationToken cancellationToken)
    {
        using var api = ClusterOptions.Connect(parsed);
        var dryRun = parsed.GetValue(DryRunOption);
        var installation = await InstallationReader.ReadAsync(api, parsed.GetValue(ClusterOptions.OperatorNamespace), cancellationToken);
        for (var attempt = 1; ; attempt++)
        {
            var (found, document) = await WorkloadName.FindAsync(
                parsed.GetValue(Workload)!, parsed.GetValue(ClusterOptions.Namespace) ?? api.Namespace, api, installation, cancellationToken);
            using var json = document;
            var cluster = new ClusterDecisions(api, installation);
            var decision = (await cluster.OfAsync([found], cancellationToken))[0];
            var outcome = decide(decision, json.RootElement);
            if (!outcome.IsChange || dryRun == DryRun.Client || await outcome.Annotation.TryWriteAsync(api, found, dryRun, cancellationToken))
            {
                await WriteAsync(parsed, output, decision, outcome, dryRun);
                await Notes.WriteAsync(parsed, cluster.Installation.Doubts);
                return;
            }

            if (attempt == MostAttempts)
            {
                throw new CommandException($"{found.Workload.Ref} changes all the time; try again");
            }
        }
    }

    private static async Task WriteAsync(ParseResult parsed, TextWriter output, Decision decision, AnnotationOutcome outcome, DryRun dryRun)
    {
        var workload = decision.Workload.Ref;
        var format = parsed.GetValue(ClusterOptions.Output);
        var isPrinted = await Printer.PrintAsync(output, format, new AnnotationReport
        {
            Kind = workload.Kind,
            Namespace = workload.Namespace,
            Name = workload.Name,
            Annotation = outcome.Annotation.Name,
            Value = outcome.Annotation.Value,
            Changed = outcome.IsChange,
            DryRun = dryRun,
            Next = outcome.Next,
        });
        if (isPrinted)
        {
            return;
        }

        var name = $"{workload.Kind.ToLowerInvariant()}/{workload.Name}";
        if (format == OutputFormat.Name)
        {
            await output.WriteLineAsync(name);
            return;
        }

        var mode = dryRun switch { DryRun.Client => " (dry run)", DryRun.Server => " (server dry run)", _ => "" };
        await output.WriteLineAsync($"{name} {outcome.Done}{mode}");
        foreach (var sentence in outcome.Next)
        {
            await output.WriteLineAsync(Table.Printable(sentence));
        }
    }

    private static Option<DryRun> ModeOption()
    {
        var option = new Option<DryRun>("--dry-run")
        {
            Description = "none, client or server: client sends nothing, and server lets the API server check the change without storing it. Default: none.",
            HelpName = "mode",
            CustomParser = result => result.Tokens[0].Value switch
            {
                "none" => DryRun.None,
                "client" => DryRun.Client,
                "server" => DryRun.Server,
                var other => Refuse(result, other),
            },
        };
        option.CompletionSources.Clear();
        option.CompletionSources.Add("none", "client", "server");
        return option;
    }

    private static DryRun Refuse(ArgumentResult result, string value)
    {
        result.AddError($"--dry-run: \"{value}\" is no mode; write none, client or server.");
        return default;
    }
}
