using RolloutOperator.Kubernetes.Configuration;

namespace RolloutOperator.Kubernetes;

/// <summary>Finds the API server and the credential. All methods throw <see cref="KubeConfigException"/>, and nothing else, for bad input.</summary>
public static class KubeConfig
{
    /// <summary>
    /// Looks in the order of kubectl: the given file; the files in KUBECONFIG, where the first to define a name wins; the
    /// pod's service account, unless a context was given; <c>~/.kube/config</c>.
    /// </summary>
    /// <param name="kubeconfig">The file from the command line, or null.</param>
    /// <param name="context">The context from the command line, or null for the current one of the file.</param>
    /// <param name="environment">The environment; null for that of this process.</param>
    public static KubeEndpoint Load(string? kubeconfig, string? context, KubeEnvironment? environment = null)
    {
        environment ??= KubeEnvironment.Process;
        if (!string.IsNullOrEmpty(kubeconfig))
        {
            return FromFile(kubeconfig, context);
        }

        if (environment.Variable("KUBECONFIG") is { Length: > 0 } list)
        {
            string[] paths = list.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return EndpointReader.Read(MergedConfig.Load(paths, "KUBECONFIG", mayBeMissing: paths.Length > 1), context);
        }

        if (string.IsNullOrEmpty(context) && InClusterReader.IsDetected(environment))
        {
            return InClusterReader.Read(environment);
        }

        string home = Path.Combine(environment.HomeDirectory, ".kube", "config");
        return File.Exists(home)
            ? FromFile(home, context)
            : throw new KubeConfigException($"no cluster is configured: there is no {home}, KUBECONFIG is not set, and this is not a pod with a service account; name a file with --kubeconfig");
    }

    private static KubeEndpoint FromFile(string path, string? context) =>
        EndpointReader.Read(MergedConfig.Load([path], path, mayBeMissing: false), context);
}

/// <summary>What <see cref="KubeConfig"/> reads besides the given files.</summary>
public sealed record KubeEnvironment
{
    /// <summary>The environment of this process.</summary>
    public static KubeEnvironment Process { get; } = new()
    {
        Variable = Environment.GetEnvironmentVariable,
        HomeDirectory = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
    };

    /// <summary>Reads an environment variable; null if it is not set.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>The parent directory of <c>.kube</c>.</summary>
    public required string HomeDirectory { get; init; }

    /// <summary>Where the kubelet puts <c>token</c>, <c>ca.crt</c> and <c>namespace</c>.</summary>
    public string ServiceAccountDirectory { get; init; } = "/var/run/secrets/kubernetes.io/serviceaccount";
}
