using k8s;
using k8s.Models;

namespace RolloutOperator.EndToEnd.Tests.Harness;

/// <summary>The local cluster with pods: changed with the tools that people use, and read through the public .NET client.</summary>
internal static class Cluster
{
    private static string Folder => Environment.GetEnvironmentVariable("ROLLOUT_OPERATOR_CLUSTER_DIR") is { Length: > 0 } folder
        ? Path.GetFullPath(folder)
        : Path.Combine(Checkout.Root, ".cluster");

    private static readonly Lazy<k8s.Kubernetes> Shared = new(() =>
        new(KubernetesClientConfiguration.BuildConfigFromConfigFile(new FileInfo(Path.Combine(Folder, "kubeconfig")))));

    public static k8s.Kubernetes Client => Shared.Value;

    public static Task<Ran> TryKubectlAsync(params string[] arguments) => RunAsync("kubectl", arguments);

    public static async Task<string> KubectlAsync(params string[] arguments) => (await RunAsync("kubectl", arguments)).Succeeded();

    public static async Task<string> ApplyAsync(string manifests) =>
        (await ReportedAsync("kubectl", ["apply"], Tool.RunAsync(Script("kubectl"), manifests, "apply", "--filename=-"))).Succeeded();

    public static async Task<string> HelmAsync(params string[] arguments) => (await TryHelmAsync(arguments)).Succeeded();

    public static Task<Ran> TryHelmAsync(params string[] arguments) =>
        ReportedAsync("helm", arguments, Tool.HelmAsync([.. arguments, "--kubeconfig", Path.Combine(Folder, "kubeconfig")]));

    /// <summary>The pods that are meant to stay: a kubelet may take a minute to forget those that have ended.</summary>
    public static async Task<IReadOnlyList<V1Pod>> PodsAsync(string @namespace, string selector) =>
    [
        .. (await Client.CoreV1.ListNamespacedPodAsync(@namespace, labelSelector: selector)).Items.Where(pod => pod.Metadata.DeletionTimestamp is null),
    ];

    /// <summary>The names of everything in a namespace but Events and pods, such as <c>secret/rollout-operator-digest-key</c>.</summary>
    public static async Task<IReadOnlyList<string>> EverythingAsync(string @namespace) =>
        await NamesAsync("true", "--namespace", @namespace);

    /// <summary>The cluster-scoped objects with a label.</summary>
    public static async Task<IReadOnlyList<string>> ClusterScopedAsync(string selector) =>
        await NamesAsync("false", "--selector", selector);

    public static Task<Ran> RunAsync(string script, params string[] arguments) =>
        ReportedAsync(script, arguments, Tool.RunAsync(Script(script), "", arguments));

    // Where the time went, for whoever reads a failed run.
    private static async Task<Ran> ReportedAsync(string program, string[] arguments, Task<Ran> running)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var ran = await running;
        TestContext.Current.TestOutputHelper?.WriteLine($"{DateTime.UtcNow:HH:mm:ss} {watch.Elapsed.TotalSeconds:0.0}s exit {ran.ExitCode}: {program} {string.Join(' ', arguments)}");
        return ran;
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(string namespaced, params string[] arguments)
    {
        var kinds = (await KubectlAsync("api-resources", $"--namespaced={namespaced}", "--verbs=list", "--output=name"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(kind => kind != "pods" && !kind.StartsWith("events", StringComparison.Ordinal));
        var names = await KubectlAsync(["get", string.Join(',', kinds), "--output=name", "--ignore-not-found", .. arguments]);
        return [.. names.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
    }

    private static string Script(string name) => Path.Combine(Checkout.Root, "tests", "cluster", name);
}
