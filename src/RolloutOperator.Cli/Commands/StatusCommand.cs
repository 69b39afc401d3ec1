using System.CommandLine;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Deciding;
using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Commands;

/// <summary><c>status</c>: every enrolled workload with its state, trouble first.</summary>
internal static class StatusCommand
{
    private const string NothingFound = "No enrolled workloads found. Enrol one with the label rollout-operator.io/enabled=true, or ask for all namespaces with -A.";

    private static readonly Option<bool> Watch = new("--watch", "-w")
    {
        Description = "Go on until Ctrl-C: draw the table again on a terminal, else print the workloads that have changed.",
    };

    public static Command Build() => new Command("status", """
        Shows every enrolled workload with its state, trouble first.

        With --watch, it goes on whenever something has changed. When its output is no terminal, it prints the workloads
        that have changed; with -o json, each time one line with a document. It ends by Ctrl-C, with exit code 130.

        Examples:
          kubectl rollout-operator status -A
          kubectl rollout-operator status -n shop -o json
          kubectl rollout-operator status -n shop --watch
        """).With(
            [ClusterOptions.Namespace, ClusterOptions.AllNamespaces, ClusterOptions.Selector, Watch, ClusterOptions.Output, .. ClusterOptions.Connection],
            RunAsync);

    private static async Task RunAsync(ParseResult parsed, TextWriter output, CancellationToken cancellationToken)
    {
        using var api = ClusterOptions.Connect(parsed);
        var (home, @namespace, selector) = (parsed.GetValue(ClusterOptions.OperatorNamespace), ClusterOptions.NamespaceOf(parsed, api), parsed.GetValue(ClusterOptions.Selector));
        var format = parsed.GetValue(ClusterOptions.Output);
        var text = new StatusText(Palette.Of(output), format == OutputFormat.Wide, TimeProvider.System);
        if (parsed.GetValue(Watch))
        {
            var view = new StatusView(output, parsed.InvocationConfiguration.Error, format, text);
            await foreach (var update in new StatusFeed(api, home, @namespace, selector, TimeProvider.System).FollowAsync(cancellationToken))
            {
                await view.ShowAsync(update);
            }
        }

        var (status, _) = await new ClusterReports(api, home).StatusAsync(@namespace, selector, cancellationToken);
        if (await Printer.PrintAsync(output, format, status))
        {
            return;
        }

        if (format == OutputFormat.Name)
        {
            await WriteNamesAsync(output, status.Workloads);
            return;
        }

        if (status.Workloads.Count == 0)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync(NothingFound);
        }
        else
        {
            await text.Table(status.Workloads).WriteAsync(output);
        }

        await Notes.WriteAsync(parsed, status.Doubts);
    }

    private static async Task WriteNamesAsync(TextWriter output, IEnumerable<WorkloadReport> workloads)
    {
        foreach (var workload in workloads)
        {
            await output.WriteLineAsync($"{workload.Kind.ToLowerInvariant()}/{workload.Name}");
        }
    }

    /// <summary>Shows one look after the other.</summary>
    private sealed class StatusView(TextWriter output, TextWriter error, OutputFormat format, StatusText text)
    {
        private readonly StatusChanges _changes = new();
        private readonly HashSet<string> _said = new(StringComparer.Ordinal);
        private readonly Screen? _screen = format is OutputFormat.Text or OutputFormat.Wide ? Screen.Of(output) : null;
        private StatusReport? _last;
        private int[]? _widths;

        public async Task ShowAsync(StatusUpdate update)
        {
            var status = update.State?.Status ?? _last;
            if (_screen is not null && status is not null)
            {
                await DrawAsync(status, update.Problem);
            }
            else
            {
                await PrintAsync(update);
            }

            _last = status;
        }

        private async Task DrawAsync(StatusReport status, string? problem)
        {
            using var table = new StringWriter { NewLine = "\n" };
            await text.Table(status.Workloads).WriteAsync(table);
            string[] remarks = [.. status.Workloads.Count == 0 ? (string[])[NothingFound] : [], .. problem is null ? (string[])[] : ["error: " + problem], .. status.Doubts.Select(doubt => "note: " + doubt)];
            await _screen!.DrawAsync([.. remarks.Select(Table.Printable), .. table.ToString().TrimEnd('\n').Split('\n')]);
        }

        private async Task PrintAsync(StatusUpdate update)
        {
            if (update.Problem is { } problem)
            {
                await error.WriteLineAsync("error: " + Table.Printable(problem));
            }

            if (update.State?.Status is not { } status)
            {
                return;
            }

            var changed = _changes.Next(status);
            if (changed.Count > 0 || _last is null)
            {
                await WriteAsync(new(changed, status.Doubts));
            }

            foreach (var doubt in status.Doubts.Where(doubt => format is not (OutputFormat.Json or OutputFormat.Yaml) && _said.Add(doubt)))
            {
                await error.WriteLineAsync("note: " + Table.Printable(doubt));
            }
        }

        private async Task WriteAsync(StatusReport changed)
        {
            switch (format)
            {
                case OutputFormat.Json:
                    await output.WriteLineAsync(Printer.OneLine(changed));
                    break;
                case OutputFormat.Yaml:
                    await output.WriteLineAsync("---");
                    await Printer.PrintAsync(output, format, changed);
                    break;
                case OutputFormat.Name:
                    await WriteNamesAsync(output, changed.Workloads);
                    break;
                default:
                    _widths = await text.Table(changed.Workloads, hasHeader: _widths is null).WriteAsync(output, before: _widths);
                    break;
            }

            await output.FlushAsync();
        }
    }
}
