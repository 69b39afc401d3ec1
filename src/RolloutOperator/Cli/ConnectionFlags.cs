using System.CommandLine;
using System.CommandLine.Parsing;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cli;

/// <summary>Which API server, as whom, and where the operator's own objects are.</summary>
internal static class ConnectionFlags
{
    public static readonly Option<string?> Kubeconfig = new("--kubeconfig")
    {
        Description = "The kubeconfig file. Default: $KUBECONFIG, then the pod's service account, then ~/.kube/config.",
        HelpName = "file",
    };

    public static readonly Option<string?> Context = new("--context")
    {
        Description = "The context of the kubeconfig. Default: its current one.",
        HelpName = "name",
    };

    public static readonly Option<string?> OperatorNamespace = new("--operator-namespace")
    {
        Description = "The namespace of the Secret with the digest key and of the Lease. Default: the pod's or the context's namespace, else \"default\".",
        HelpName = "name",
    };

    static ConnectionFlags() => OperatorNamespace.Validators.Add(CheckNamespaces);

    public static IEnumerable<Option> All => [Kubeconfig, Context, OperatorNamespace];

    /// <summary>Loads the kubeconfig, or says what is wrong with it.</summary>
    public static async Task<KubeEndpoint?> LoadAsync(ParseResult parsed)
    {
        try
        {
            return KubeConfig.Load(parsed.GetValue(Kubeconfig), parsed.GetValue(Context));
        }
        catch (KubeConfigException e)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync("rollout-operator: " + e.Message);
            return null;
        }
    }

    public static string NamespaceOf(ParseResult parsed, KubeEndpoint endpoint) =>
        parsed.GetValue(OperatorNamespace) ?? (endpoint.Namespace is { Length: > 0 } own ? own : "default");

    public static void CheckNamespaces(OptionResult result)
    {
        foreach (var token in result.Tokens.Where(t => !IsNamespace(t.Value)))
        {
            result.AddError($"{result.Option.Name} \"{token.Value}\": that is no name of a namespace.");
        }
    }

    // A DNS label, RFC 1123.
    private static bool IsNamespace(string name) =>
        name.Length is > 0 and <= 63 && name[0] != '-' && name[^1] != '-'
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
