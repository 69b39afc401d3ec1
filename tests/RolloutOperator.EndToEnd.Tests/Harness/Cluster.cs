using System.Text.Json.Nodes;

namespace RolloutOperator.EndToEnd.Tests.Harness;

/// <summary>The local cluster with pods, by the tools that people use.</summary>
internal static class Cluster
{
    private static string Folder => Environment.GetEnvironmentVariable("ROLLOUT_OPERATOR_CLUSTER_DIR") is { Length: > 0 } folder
        ? Path.GetFullPath(folder)
        : Path.Combine(Checkout.Root, ".cluster");

    public static Task<Ran> TryKubectlAsync(params string[] arguments) => RunAsync("kubectl", arguments);

    public static async Task<string> KubectlAsync(params string[] arguments) => (await RunAsync("kubectl", arguments)).Succeeded();

    public static async Task<string> ApplyAsync(string manifests) =>
        (await SaidAsync("kubectl", ["apply"], Tool.RunAsync(Script("kubectl"), manifests, "apply", "--filename=-"))).Succeeded();

    public static async Task<string> HelmAsync(params string[] arguments) => (await TryHelmAsync(arguments)).Succeeded();

    public static Task<Ran> TryHelmAsync(params string[] arguments) =>
        SaidAsync("helm", arguments, Tool.HelmAsync([.. arguments, "--kubeconfig", Path.Combine(Folder, "kubeconfig")]));

    public static async Task<JsonNode> GetAsync(params string[] arguments) =>
        JsonNode.Parse(await KubectlAsync(["get", "--output=json", .. arguments]))!;

    public static async Task<IReadOnlyList<JsonNode>> ListAsync(params string[] arguments) =>
        [.. (await GetAsync(arguments))["items"]!.AsArray().Select(each => each!)];

    /// <summary>The pods that are meant to stay: a kubelet may take a minute to forget those that have ended.</summary>
    public static async Task<IReadOnlyList<JsonNode>> PodsAsync(string @namespace, string selector) =>
        [.. (await ListAsync("pods", "--namespace", @namespace, "--selector", selector)).Where(pod => pod["metadata"]!["deletionTimestamp"] is null)];

    /// <summary>The names of everything in a namespace but Events and pods, such as <c>secret/rollout-operator-digest-key</c>.</summary>
    public static async Task<IReadOnlyList<string>> EverythingAsync(string @namespace) =>
        await NamesAsync("true", "--namespace", @namespace);

    /// <summary>The cluster-scoped objects with a label.</summary>
    public static async Task<IReadOnlyList<string>> ClusterScopedAsync(string selector) =>
        await NamesAsync("false", "--selector", selector);

    public static Task<Ran> RunAsync(string script, params string[] arguments) =>
        SaidAsync(script, arguments, Tool.RunAsync(Script(script), "", arguments));

    public static string Text(JsonNode node, params string[] path) =>
        path.Aggregate((JsonNode?)node, (at, name) => at?[name])?.ToString() ?? "";

    // Where the time went, for whoever reads a failed run.
    private static async Task<Ran> SaidAsync(string program, string[] arguments, Task<Ran> running)
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
