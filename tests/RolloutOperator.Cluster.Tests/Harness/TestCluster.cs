using System.Diagnostics;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

[assembly: AssemblyFixture(typeof(TestCluster))]

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>The API server that tests/cluster/up started, with the administrator's rights, through the public .NET client.</summary>
public sealed class TestCluster : IDisposable
{
    /// <summary>The field manager of everything that a test writes.</summary>
    public const string FieldManager = "test";

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan SignalTimeout = TimeSpan.FromMilliseconds(500);

    private static int _namespaces;

    public TestCluster()
    {
        Kubeconfig = Environment.GetEnvironmentVariable("ROLLOUT_OPERATOR_TEST_KUBECONFIG")
            ?? throw new InvalidOperationException("There is no cluster to test against: run these tests with `make cluster-test`.");
        Client = new(KubernetesClientConfiguration.BuildConfigFromConfigFile(new FileInfo(Kubeconfig)));
    }

    public string Kubeconfig { get; }

    public k8s.Kubernetes Client { get; }

    /// <summary>How long a test waits for something that has to happen.</summary>
    public static TimeSpan Timeout { get; } = TimeSpan.FromSeconds(240);

    public Task<TestNamespace> NamespaceAsync() => NamespaceAsync((Names.Enabled, "true"));

    /// <param name="label">The label that enrols workloads of the namespace.</param>
    public async Task<TestNamespace> NamespaceAsync((string Key, string Value) label) => new(this, await CreateAsync(NextName())) { Label = label };

    /// <param name="key">The key of the label that enrols workloads.</param>
    /// <param name="value">Its value; by default the name of the namespace, so that no other test has it.</param>
    public async Task<TestNamespace> NamespaceAsync(string key, string? value)
    {
        var name = await CreateAsync(NextName());
        return new(this, name) { Label = (key, value ?? name) };
    }

    /// <summary>Creates a namespace with this name.</summary>
    public async Task<TestNamespace> NamespaceAsync(string name) => new(this, await CreateAsync(name));

    /// <summary>Runs kubectl, for what people do with it.</summary>
    public Task<string> KubectlAsync(params string[] arguments) =>
        RunAsync(Environment.GetEnvironmentVariable("ROLLOUT_OPERATOR_TEST_KUBECTL") ?? "kubectl", arguments);

    /// <summary>Runs helm, for what people do with it.</summary>
    public Task<string> HelmAsync(params string[] arguments) => RunAsync(Path.Combine(Repository.Root, "tests", "install", "helm"), arguments);

    private async Task<string> RunAsync(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, [$"--kubeconfig={Kubeconfig}", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // No settings of the person who runs the tests.
        start.Environment["HELM_CONFIG_HOME"] = start.Environment["HELM_DATA_HOME"] = Path.Combine(AppContext.BaseDirectory, "helm");
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(Timeout);
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{Path.GetFileName(program)} {string.Join(' ', arguments)}: {await errors}");
    }

    /// <summary>Writes a copy of the kubeconfig with some changes, and returns its path.</summary>
    public async Task<string> KubeconfigAsync(TestNamespace space, string file, Action<JsonNode> change)
    {
        var config = JsonNode.Parse(await KubectlAsync("config", "view", "--raw", "--flatten", "--minify", "-o", "json"))!;
        change(config);
        return await space.FileAsync(file, config.ToJsonString());
    }

    /// <summary>
    /// Asks until the answer is not null, again at each signal or at an interval, and fails with the description after
    /// <see cref="Timeout"/>.
    /// </summary>
    internal static async Task<T> EventuallyAsync<T>(string what, Func<Task<T?>> ask, Signal? signal = null)
    {
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < Timeout)
        {
            var next = signal?.Next;
            try
            {
                if (await ask() is { } answer)
                {
                    return answer;
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                // A connection broke; another one will do.
            }

            await (next is null ? Task.Delay(PollInterval, TimeProvider.System) : Task.WhenAny(next, Task.Delay(SignalTimeout, TimeProvider.System)));
        }

        throw new TimeoutException($"In {Timeout.TotalSeconds} s this did not happen: {what}");
    }

    /// <summary>Asks until the answer is yes.</summary>
    internal static async Task EventuallyAsync(string what, Func<Task<bool>> ask, Signal? signal = null) =>
        await EventuallyAsync<object>(what, async () => await ask() ? true : null, signal);

    public void Dispose() => Client.Dispose();

    // A run leaves namespaces behind while the cluster deletes them; the process id keeps runs apart.
    private static string NextName() => $"t{Environment.ProcessId}-{Interlocked.Increment(ref _namespaces)}";

    private async Task<string> CreateAsync(string name)
    {
        await Client.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new() { Name = name } });
        return name;
    }
}
