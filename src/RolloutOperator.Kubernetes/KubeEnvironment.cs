namespace RolloutOperator.Kubernetes;

/// <summary>What <see cref="KubeConfig"/> looks at beside files that it was told of.</summary>
public sealed record KubeEnvironment
{
    /// <summary>The surroundings of this process.</summary>
    public static KubeEnvironment Process { get; } = new()
    {
        Variable = Environment.GetEnvironmentVariable,
        HomeDirectory = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
    };

    /// <summary>Reads an environment variable; null if it is not set.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>The directory above <c>.kube</c>.</summary>
    public required string HomeDirectory { get; init; }

    /// <summary>Where the kubelet puts <c>token</c>, <c>ca.crt</c> and <c>namespace</c>.</summary>
    public string ServiceAccountDirectory { get; init; } = "/var/run/secrets/kubernetes.io/serviceaccount";
}
