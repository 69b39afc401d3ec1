using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;
using RolloutOperator.Kubernetes;

[assembly: AssemblyFixture(typeof(Cluster))]

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>The real API server that tests/cluster/up started, as its administrator sees it.</summary>
public sealed class Cluster : IDisposable
{
    private static int _namespaces;

    private readonly Lazy<Task<RawApi>> _raw;

    public Cluster()
    {
        Kubeconfig = Environment.GetEnvironmentVariable("ROLLOUT_OPERATOR_TEST_KUBECONFIG")
            ?? throw new InvalidOperationException("There is no cluster to test against: run these tests with `make cluster-test`.");
        _raw = new(() => RawApi.StartAsync(Kubectl("proxy", "--port=0")));
        Client = new(KubeConfig.FromFile(Kubeconfig, context: null), TimeProvider.System, () => 0.5);
    }

    public string Kubeconfig { get; }

    public KubeClient Client { get; }

    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(240);

    public Task<TestNamespace> NamespaceAsync() => NamespaceAsync((Names.Enabled, "true"));

    /// <param name="label">What workloads of the namespace carry that are to be enrolled.</param>
    public async Task<TestNamespace> NamespaceAsync((string Key, string Value) label) => new(this, await CreateAsync(NextName())) { Label = label };

    /// <param name="key">The key of a label that workloads carry which are to be enrolled.</param>
    /// <param name="value">Its value; by default the name of the namespace, so that it is this test's alone.</param>
    public async Task<TestNamespace> NamespaceAsync(string key, string? value)
    {
        var name = await CreateAsync(NextName());
        return new(this, name) { Label = (key, value ?? name) };
    }

    /// <summary>Creates a namespace of this name.</summary>
    public async Task<TestNamespace> NamespaceAsync(string name) => new(this, await CreateAsync(name));

    public async Task<string> KubectlAsync(params string[] arguments)
    {
        using var process = Process.Start(Kubectl(arguments))!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(Patience);
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"kubectl {string.Join(' ', arguments)}: {await errors}");
    }

    internal Task<RawApi> RawAsync() => _raw.Value;

    /// <summary>A <c>kubectl proxy</c> that acts with the rights of a kubeconfig.</summary>
    internal ProcessStartInfo ProxyOf(string kubeconfig) => Kubectl("proxy", "--port=0", "--kubeconfig=" + kubeconfig);

    public async Task<string> ServerAsync() =>
        await KubectlAsync("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}");

    /// <summary>The administrator's kubeconfig, but by way of another port of this machine.</summary>
    public async Task<string> KubeconfigThroughAsync(TestNamespace space, int port)
    {
        var config = JsonNode.Parse(await KubectlAsync("config", "view", "--raw", "--flatten", "-o", "json"))!;
        config["clusters"]![0]!["cluster"]!["server"] = $"https://127.0.0.1:{port}";
        return await space.FileAsync("kubeconfig-through", config.ToJsonString());
    }

    /// <summary>Asks again until the answer is not null; fails with the description when patience ends.</summary>
    public static async Task<T> EventuallyAsync<T>(string what, Func<Task<T?>> ask)
    {
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < Patience)
        {
            try
            {
                if (await ask() is { } answer)
                {
                    return answer;
                }
            }
            catch (Exception e) when (e is KubeTransportException or HttpRequestException)
            {
                // A connection broke; another one will do.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        throw new TimeoutException($"In {Patience.TotalSeconds} s this did not happen: {what}");
    }

    /// <summary>Asks again until the answer is yes.</summary>
    public static async Task EventuallyAsync(string what, Func<Task<bool>> ask) =>
        await EventuallyAsync<object>(what, async () => await ask() ? true : null);

    public static int FreePort()
    {
        using var socket = new TcpListener(System.Net.IPAddress.Loopback, 0);
        socket.Start();
        return ((System.Net.IPEndPoint)socket.LocalEndpoint).Port;
    }

    public void Dispose()
    {
        if (_raw.IsValueCreated && _raw.Value.IsCompletedSuccessfully)
        {
            _raw.Value.Result.Dispose();
        }

        Client.Dispose();
    }

    // A run leaves namespaces behind while the cluster deletes them; the process id keeps runs apart.
    private static string NextName() => $"t{Environment.ProcessId}-{Interlocked.Increment(ref _namespaces)}";

    private async Task<string> CreateAsync(string name)
    {
        await Client.CreateAsync(Kinds.Namespaces, null, Json.Bytes(new() { ["metadata"] = new JsonObject { ["name"] = name } }), "test", Json.Read, default);
        return name;
    }

    private ProcessStartInfo Kubectl(params string[] arguments) =>
        new(Environment.GetEnvironmentVariable("ROLLOUT_OPERATOR_TEST_KUBECTL") ?? "kubectl", [$"--kubeconfig={Kubeconfig}", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
}
