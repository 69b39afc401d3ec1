using System.CommandLine;
using System.CommandLine.Parsing;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cli;

/// <summary>Which API server, as whom, and where the operator's own objects are.</summary>
internal static class ConnectionFlags
{
    private static readonly Option<string?> Kubeconfig = OptionTypes.Text(
        "--kubeconfig", "file", "The kubeconfig file. Default: $KUBECONFIG, then the pod's service account, then ~/.kube/config.");

    private static readonly Option<string?> Context = OptionTypes.Text("--context", "name", "The context of the kubeconfig. Default: its current one.");

    private static readonly Option<string?> OperatorNamespace = OptionTypes.Namespaces(OptionTypes.Text(
        "--operator-namespace",
        "name",
        "The namespace of the Secret with the digest key and of the Lease. Default: the pod's or the context's namespace, else \"default\"."));

    public static OptionGroup Group { get; } = new("Connection", Kubeconfig, Context, OperatorNamespace);

    /// <summary>Loads the kubeconfig, or says what is wrong with it.</summary>
    public static async Task<KubeEndpoint?> LoadAsync(ParseResult parsed)
    {
        try
        {
            return KubeConfig.Load(parsed.GetValue(Kubeconfig), parsed.GetValue(Context));
        }
        catch (KubeConfigException e)
        {
            var named = parsed.GetValue(Kubeconfig) is { Length: > 0 } file && e.Message.StartsWith(file, StringComparison.Ordinal) ? Kubeconfig.Name + " " : "";
            await parsed.WriteErrorAsync(named + e.Message);
            return null;
        }
    }

    /// <param name="result">The command.</param>
    /// <param name="endpoint">The endpoint that the kubeconfig names; null while it has not been loaded.</param>
    public static string NamespaceOf(CommandResult result, KubeEndpoint? endpoint) =>
        result.GetValue(OperatorNamespace) ?? (endpoint?.Namespace is { Length: > 0 } own ? own : "default");
}
