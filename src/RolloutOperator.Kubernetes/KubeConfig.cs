using RolloutOperator.Kubernetes.Config;

namespace RolloutOperator.Kubernetes;

/// <summary>Finds out which API server to talk to and how. All methods throw <see cref="KubeConfigException"/> and nothing else for bad input.</summary>
public static class KubeConfig
{
    /// <summary>
    /// The order that kubectl users expect: the file asked for; KUBECONFIG, a list of files of which the first to say
    /// something wins; the service account of the pod, unless a context was asked for; <c>~/.kube/config</c>.
    /// </summary>
    /// <param name="kubeconfig">The file asked for on the command line, or null.</param>
    /// <param name="context">The context asked for, or null for the file's current one.</param>
    /// <param name="environment">The surroundings; null for those of this process.</param>
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

    /// <summary>Reads one file.</summary>
    public static KubeEndpoint FromFile(string path, string? context)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return EndpointReader.Read(MergedConfig.Load([path], path, mayBeMissing: false), context);
    }

    /// <summary>Uses the pod's service account.</summary>
    public static KubeEndpoint InCluster(KubeEnvironment? environment = null) => InClusterReader.Read(environment ?? KubeEnvironment.Process);
}
