using System.CommandLine;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Templates;

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
        var wanted = Wanted(parsed.GetValue(Source));
        var installation = await InstallationReader.ReadAsync(api, parsed.GetValue(ClusterOptions.OperatorNamespace), cancellationToken);
        var finder = new WorkloadFinder(api, installation);
        var workloads = await finder.EnrolledAsync(ClusterOptions.NamespaceOf(parsed, api), parsed.GetValue(ClusterOptions.Selector), cancellationToken);
        GraphEdge[] edges =
        [
            .. from found in workloads
               from use in found.Workload.Sources
               where wanted is null || (use.Source with { Namespace = null } == wanted.Value with { Namespace = null }
                   && (wanted.Value.Namespace is null || wanted.Value.Namespace == (use.Source.Namespace ?? found.Workload.Ref.Namespace)))
               let space = use.Source.Namespace ?? found.Workload.Ref.Namespace
               orderby space, use.Source.ToString(), found.Workload.Ref.ToString()
               select new GraphEdge(space, NameOf(use), found.Workload.Ref.Kind, found.Workload.Ref.Namespace, found.Workload.Ref.Name),
        ];
        await WriteAsync(parsed, output, edges);
        await Notes.WriteAsync(parsed, finder.Doubts);
    }

    // The image of one container is a node of its own.
    private static string NameOf(SourceUse use) => use.Source.Kind == SourceKind.Image ? $"image {use.Image}" : (use.Source with { Namespace = null }).ToString();

    private static SourceRef? Wanted(string? text) => text is null ? null
        : SourceRef.TryParse(text.Replace("cm/", "configmap/", StringComparison.Ordinal), out var source) ? source
        : throw new CommandException($"\"{text}\" is no source: write configmap/a, secret/b, serviceaccount/c or image/CONTAINER");

    private static async Task WriteAsync(ParseResult parsed, TextWriter output, GraphEdge[] edges)
    {
        switch (parsed.GetValue(Format))
        {
            case GraphFormat.Json:
                await Printer.PrintAsync(output, OutputFormat.Json, new GraphReport(edges));
                break;
            case GraphFormat.Yaml:
                await Printer.PrintAsync(output, OutputFormat.Yaml, new GraphReport(edges));
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
    private static IEnumerable<(GraphEdge Edge, Func<string, string> Id)> Numbered(GraphEdge[] edges)
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
