namespace RolloutOperator.Kubernetes;

/// <summary>A credential plugin, run without a terminal.</summary>
/// <seealso href="https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins"/>
public sealed record ExecCommand
{
    /// <summary><c>client.authentication.k8s.io/v1</c> or <c>v1beta1</c>.</summary>
    public required string ApiVersion { get; init; }

    /// <summary>A path, or a name to be found on PATH.</summary>
    public required string Command { get; init; }

    /// <summary>The arguments, passed as they are.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Variables beside those of this process.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];

    /// <summary>Tell the program about the cluster, in KUBERNETES_EXEC_INFO.</summary>
    public bool ProvideClusterInfo { get; init; }

    /// <summary>How to get the program, shown when it cannot be started.</summary>
    public string? InstallHint { get; init; }

    /// <summary>The cluster's <c>extensions</c> entry <c>client.authentication.k8s.io/exec</c> as JSON, passed on in KUBERNETES_EXEC_INFO.</summary>
    public string? ClusterConfigJson { get; init; }

    /// <summary>The command's name only: arguments and variables may hold credentials.</summary>
    public override string ToString() => Command;
}
