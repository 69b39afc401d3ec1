using System.CommandLine;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Commands;

/// <summary>The options that commands share, named as kubectl names them.</summary>
internal static class ClusterOptions
{
    public static Option<string?> Kubeconfig { get; } = Text("--kubeconfig", "file", "The kubeconfig file. Default: $KUBECONFIG, then the pod's service account, then ~/.kube/config.");

    public static Option<string?> Context { get; } = Text("--context", "name", "The context of the kubeconfig. Default: its current one.");

    public static Option<string?> Namespace { get; } = Text("--namespace", "name", "The namespace. Default: that of the context.", "-n");

    public static Option<bool> AllNamespaces { get; } = new("--all-namespaces", "-A") { Description = "All namespaces." };

    public static Option<string?> Selector { get; } = Text("--selector", "selector", "Only workloads that this label selector matches.", "-l");

    public static Option<string?> OperatorNamespace { get; } = Text(
        "--operator-namespace", "name", "Where the operator runs. Default: where a Deployment with the label app.kubernetes.io/name=rollout-operator is.");

    public static Option<OutputFormat> Output { get; } = Format();

    /// <summary>How to reach the cluster and its operator.</summary>
    public static IEnumerable<Option> Connection => [Kubeconfig, Context, OperatorNamespace];

    /// <summary>The namespace to look in; null for all of them.</summary>
    public static string? NamespaceOf(ParseResult parsed, ApiServer api) =>
        parsed.GetValue(AllNamespaces) ? null : parsed.GetValue(Namespace) ?? api.Namespace;

    public static ApiServer Connect(ParseResult parsed) => ApiServer.Connect(parsed.GetValue(Kubeconfig), parsed.GetValue(Context));

    private static Option<string?> Text(string name, string helpName, string description, params string[] aliases) =>
        new(name, aliases) { Description = description, HelpName = helpName };

    private static Option<OutputFormat> Format()
    {
        var option = new Option<OutputFormat>("--output", "-o")
        {
            Description = "json, yaml, wide or name. Default: text for people.",
            HelpName = "format",
            CustomParser = result => result.Tokens[0].Value switch
            {
                "text" => OutputFormat.Text,
                "wide" => OutputFormat.Wide,
                "name" => OutputFormat.Name,
                "json" => OutputFormat.Json,
                "yaml" => OutputFormat.Yaml,
                var other => Refuse(result, other),
            },
        };
        option.CompletionSources.Clear();
        option.CompletionSources.Add("json", "yaml", "wide", "name", "text");
        return option;
    }

    private static OutputFormat Refuse(System.CommandLine.Parsing.ArgumentResult result, string value)
    {
        result.AddError($"--output: \"{value}\" is no format; write json, yaml, wide, name or text.");
        return default;
    }
}
