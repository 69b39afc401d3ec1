using System.CommandLine;
using RolloutOperator.Cli.Deciding;
using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Commands;

/// <summary><c>graph</c>: who reads what.</summary>
internal static class GraphCommand
{
    private static readonly Argument<string?> Source = new("source")
    {
        Description = "A source such as configmap/shared; without one, all of them.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<GraphFormat> Format = new("--output", "-o")
    {
        Description = "text, mermaid, dot or json. Default: text.",
        HelpName = "format",
        CustomParser = result => Enum.TryParse<GraphFormat>(result.Tokens[0].Value, ignoreCase: true, out var format) && Enum.IsDefined(format) ? format : Refuse(result),
    };

    private enum GraphFormat
    {
        Text,
        Mermaid,
        Dot,
        Json,
        Yaml,
    }

    public static Command Build() => new Command("graph", """
        Shows which enrolled workloads read a ConfigMap, Secret, ServiceAccount or image.

        Examples:
          kubectl rollout-operator graph configmap/shared -n shop
          kubectl rollout-operator graph -A -o dot | dot -Tsvg > graph.svg
        """) { Source }.With(
            [ClusterOptions.Namespace, ClusterOptions.AllNamespaces, ClusterOptions.Selector, Format, .. ClusterOptions.Connection],
            RunAsync);

    private static async Task RunAsync(ParseResult parsed, TextWriter output, CancellationToken cancellationToken)
    {
        using var api = ClusterOptions.Connect(parsed);
        var report = await new ClusterReports(api, parsed.GetValue(ClusterOptions.OperatorNamespace)).GraphAsync(
            SourceGraph.Parse(parsed.GetValue(Source)), ClusterOptions.NamespaceOf(parsed, api), parsed.GetValue(ClusterOptions.Selector), cancellationToken);
        await WriteAsync(parsed, output, report);
        await Notes.WriteAsync(parsed, report.Doubts);
    }

    private static async Task WriteAsync(ParseResult parsed, TextWriter output, GraphReport report)
    {
        var edges = report.Edges;
        switch (parsed.GetValue(Format))
        {
            case GraphFormat.Json:
                await Printer.PrintAsync(output, OutputFormat.Json, report);
                break;
            case GraphFormat.Yaml:
                await Printer.PrintAsync(output, OutputFormat.Yaml, report);
                break;
            case GraphFormat.Mermaid:
                await output.WriteLineAsync("flowchart LR");
                foreach (var (edge, number) in Numbered(edges))
                {
                    await output.WriteLineAsync($"    {number(edge.SourceNode)}[\"{Quoted(edge.SourceNode)}\"] --> {number(edge.WorkloadNode)}([\"{Quoted(edge.WorkloadNode)}\"])");
                }

                break;
            case GraphFormat.Dot:
                await output.WriteLineAsync("digraph rollouts {\n    rankdir=LR;\n    node [shape=box];");
                foreach (var edge in edges)
                {
                    await output.WriteLineAsync($"    \"{Quoted(edge.SourceNode)}\" -> \"{Quoted(edge.WorkloadNode)}\";");
                }

                await output.WriteLineAsync("}");
                break;
            default:
                var table = new Table("NAMESPACE", "SOURCE", "READ BY");
                foreach (var edge in edges)
                {
                    table.Add(edge.SourceNamespace, edge.Source, edge.Namespace == edge.SourceNamespace ? $"{edge.Kind.ToLowerInvariant()}/{edge.Name}" : edge.WorkloadNode);
                }

                await table.WriteAsync(output);
                break;
        }
    }

    // Mermaid takes few characters in the id of a node.
    private static IEnumerable<(GraphEdge Edge, Func<string, string> Id)> Numbered(IReadOnlyList<GraphEdge> edges)
    {
        var ids = edges.SelectMany(edge => new[] { edge.SourceNode, edge.WorkloadNode }).Distinct().Select((node, i) => (node, $"n{i}")).ToDictionary();
        return edges.Select(edge => (edge, (Func<string, string>)(node => ids[node])));
    }

    private static string Quoted(string text) => Table.Printable(text).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "'", StringComparison.Ordinal);

    private static GraphFormat Refuse(System.CommandLine.Parsing.ArgumentResult result)
    {
        result.AddError($"--output: \"{result.Tokens[0].Value}\" is no format; write text, mermaid, dot, json or yaml.");
        return default;
    }
}
