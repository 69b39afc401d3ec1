using System.CommandLine;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Deciding;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Commands;

/// <summary><c>pause</c> and <c>resume</c>: rollouts of a workload are held, or no longer.</summary>
internal static class PauseCommand
{
    // Controllers write the status of a workload again and again, each time with a new version.
    private const int MostAttempts = 8;

    private static readonly Argument<string> Workload = WorkloadArgument.Build();

    private static readonly Option<DryRun> DryRunOption = ModeOption();

    private static IEnumerable<Option> Options => [DryRunOption, ClusterOptions.Namespace, ClusterOptions.Output, .. ClusterOptions.Connection];

    public static Command Build() => new Command("pause", $"""
        Holds the rollouts of a workload by its annotation {Names.Pause}. Changes are noticed, and roll it when it is resumed.

        It takes the right to patch the workload.

        Examples:
          kubectl rollout-operator pause deployment/greetings -n shop
          kubectl rollout-operator pause deployment/greetings --dry-run=server
        """) { Workload }.With(Options, (parsed, output, cancellationToken) => RunAsync(parsed, output, isPaused: true, cancellationToken));

    public static Command BuildResume() => new Command("resume", $"""
        Lets the rollouts of a workload go on, by removing its annotation {Names.Pause}. One that is due happens now.

        It takes the right to patch the workload.

        Examples:
          kubectl rollout-operator resume deployment/greetings -n shop
        """) { Workload }.With(Options, (parsed, output, cancellationToken) => RunAsync(parsed, output, isPaused: false, cancellationToken));

    private static async Task RunAsync(ParseResult parsed, TextWriter output, bool isPaused, CancellationToken cancellationToken)
    {
        using var api = ClusterOptions.Connect(parsed);
        var dryRun = parsed.GetValue(DryRunOption);
        var installation = await InstallationReader.ReadAsync(api, parsed.GetValue(ClusterOptions.OperatorNamespace), cancellationToken);
        for (var attempt = 1; ; attempt++)
        {
            var (found, document) = await WorkloadArgument.FindAsync(parsed, parsed.GetValue(Workload)!, api, installation, cancellationToken);
            using var json = document;
            var cluster = new ClusterDecisions(api, installation);
            var decision = (await cluster.OfAsync([found], cancellationToken))[0];
            var isChange = found.Workload.Settings.Pause != isPaused;
            if (!isChange || dryRun == DryRun.Client || await PauseAnnotation.TryWriteAsync(api, found, isPaused, dryRun, cancellationToken))
            {
                var manager = isChange && !isPaused ? PauseAnnotation.OtherManager(json.RootElement) : null;
                var report = Report(decision.With(isPaused), isPaused, isChange, dryRun, manager);
                await WriteAsync(parsed, output, report, cluster.Installation);
                return;
            }

            if (attempt == MostAttempts)
            {
                throw new CommandException($"{found.Workload.Ref} changes all the time; try again");
            }
        }
    }

    private static PauseReport Report(Decision next, bool isPaused, bool isChange, DryRun dryRun, string? manager) => new()
    {
        Kind = next.Workload.Ref.Kind,
        Namespace = next.Workload.Ref.Namespace,
        Name = next.Workload.Ref.Name,
        Paused = isPaused,
        Changed = isChange,
        DryRun = dryRun,
        Next = [next.Outlook(isPaused), .. manager is null ? (string[])[] : [$"The annotation was written by {manager}, which may set it again: take it out there too."]],
    };

    private static async Task WriteAsync(ParseResult parsed, TextWriter output, PauseReport report, Installation installation)
    {
        var format = parsed.GetValue(ClusterOptions.Output);
        if (await Printer.PrintAsync(output, format, report))
        {
            return;
        }

        var name = $"{report.Kind.ToLowerInvariant()}/{report.Name}";
        if (format == OutputFormat.Name)
        {
            await output.WriteLineAsync(name);
            return;
        }

        var done = (report.Paused, report.Changed) switch
        {
            (true, true) => "paused",
            (true, false) => "is paused already",
            (false, true) => "resumed",
            (false, false) => "is not paused",
        };
        var mode = report.DryRun switch { DryRun.Client => " (dry run)", DryRun.Server => " (server dry run)", _ => "" };
        await output.WriteLineAsync($"{name} {done}{mode}");
        foreach (var sentence in report.Next)
        {
            await output.WriteLineAsync(Table.Printable(sentence));
        }

        await Notes.WriteAsync(parsed, installation.Doubts);
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

    private static DryRun Refuse(System.CommandLine.Parsing.ArgumentResult result, string value)
    {
        result.AddError($"--dry-run: \"{value}\" is no mode; write none, client or server.");
        return default;
    }
}
