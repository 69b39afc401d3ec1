using System.Diagnostics;
using System.Globalization;
using k8s;
using k8s.Models;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>What <c>status -A</c> takes on many enrolled workloads. <c>make benchmark</c> runs it; no suite does, and it asserts no duration.</summary>
[Trait("Category", "Benchmark")]
public sealed class StatusBenchmarks(TestCluster cluster, ITestOutputHelper output)
{
    private const int Namespaces = 50;
    private const int PerNamespace = 200;
    private const int AtOnce = 32;
    private const int Rounds = 5;

    // Nothing is scheduled: what is measured is the reading.
    private const string PodSpec = """
        {"containers": [{"name": "app", "image": "registry.example.com/shop/app:1.0", "ports": [{"name": "http", "containerPort": 8080}],
            "envFrom": [{"configMapRef": {"name": "NAME"}}], "env": [{"name": "LEVEL", "valueFrom": {"configMapKeyRef": {"name": "shared", "key": "level"}}}],
            "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}}, "livenessProbe": {"httpGet": {"path": "/live", "port": "http"}},
            "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "64Mi"}},
            "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}}]}
        """;

    [Fact(Explicit = true)]
    public async Task Ten_thousand_enrolled_workloads_in_fifty_namespaces()
    {
        await using var home = await cluster.NamespaceAsync();
        var spaces = new List<TestNamespace>();
        try
        {
            for (var i = 0; i < Namespaces; i++)
            {
                spaces.Add(await cluster.NamespaceAsync());
                await spaces[i].ConfigMapAsync("shared", ("level", "info"));
            }

            await Parallel.ForEachAsync(
                spaces.SelectMany(space => Enumerable.Range(0, PerNamespace), (space, i) => (space, $"app-{i}")),
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
                async (each, token) => await CreateAsync(each.space, each.Item2, token));
            await AdoptedAsync(home);
            string[] command = ["status", "-A", "--kubeconfig", cluster.Kubeconfig, "--operator-namespace", home.Name];
            await MeasureAsync("status -A", command);
            await MeasureAsync("status -A -o json", [.. command, "-o", "json"]);
        }
        finally
        {
            await Task.WhenAll(spaces.Select(space => space.DisposeAsync().AsTask()));
        }
    }

    private static async Task CreateAsync(TestNamespace space, string name, CancellationToken cancellationToken)
    {
        await space.ConfigMapAsync(name, ("greeting", "Aloha"), ("level", "info"), ("name", name));
        var labels = new Dictionary<string, string> { ["app"] = name };
        var template = KubernetesJson.Deserialize<V1PodSpec>(PodSpec.Replace("NAME", name, StringComparison.Ordinal));
        await space.Cluster.Client.AppsV1.CreateNamespacedDeploymentAsync(
            new V1Deployment
            {
                Metadata = new() { Name = name, Labels = new Dictionary<string, string>(labels) { [Names.Enabled] = "true" } },
                Spec = new() { Replicas = 0, Selector = new() { MatchLabels = labels }, Template = new() { Metadata = new() { Labels = labels }, Spec = template } },
            },
            space.Name,
            cancellationToken: cancellationToken);
    }

    // With ledgers, as they are in a cluster where the operator runs, and with controllers that have come to rest.
    private async Task AdoptedAsync(TestNamespace home)
    {
        var running = await home.OperatorAsync("--exclude-namespace", "no-such-namespace");
        await TestCluster.EventuallyAsync("all are adopted and observed", async () =>
        {
            await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System);
            var status = await CliProcess.ExecuteAsync(["status", "-A", "-o", "json", "--kubeconfig", cluster.Kubeconfig, "--operator-namespace", home.Name]);
            return status.Json["workloads"]!.AsArray().Count(each => (string?)each!["state"] == "UpToDate") >= Namespaces * PerNamespace;
        });
        Assert.Equal(0, await running.TerminateAsync());
    }

    private async Task MeasureAsync(string what, string[] command)
    {
        var (seconds, processor, mebibytes) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var began = Stopwatch.GetTimestamp();
            using var process = CliProcess.Start(command);
            var lines = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            var (peak, time) = await UsageAsync(process);
            seconds.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            processor.Add(time.TotalSeconds);
            mebibytes.Add(peak);
            Assert.True(process.ExitCode == 0, await errors);
            Assert.True((await lines).Split("app-").Length > Namespaces * PerNamespace);
        }

        output.WriteLine($"| {what} of {Namespaces * PerNamespace} workloads, median of {Rounds} (least to most) | |\n|---|---|");
        output.WriteLine($"| seconds | {Summary(seconds, "0.00")} |");
        output.WriteLine($"| seconds of the processor, of the program alone | {Summary(processor, "0.00")} |");
        output.WriteLine($"| MiB of resident memory at most | {Summary(mebibytes, "0")} |");
    }

    // The kernel keeps the mark (proc(5), VmHWM) until the process ends.
    private static async Task<(double Peak, TimeSpan Processor)> UsageAsync(Process process)
    {
        var (peak, processor) = (0.0, TimeSpan.Zero);
        while (!process.HasExited)
        {
            try
            {
                var status = await File.ReadAllLinesAsync($"/proc/{process.Id}/status");
                process.Refresh();
                if (status.FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)) is { } line)
                {
                    processor = process.TotalProcessorTime;
                    peak = double.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
                }
            }
            catch (Exception e) when (e is IOException or InvalidOperationException)
            {
                // It has ended.
            }

            await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System));
        }

        await process.WaitForExitAsync();
        return (peak, processor);
    }

    private static string Summary(List<double> values, string format)
    {
        values.Sort();
        string Text(double value) => value.ToString(format, CultureInfo.InvariantCulture);
        return $"{Text(values[values.Count / 2])} ({Text(values[0])} to {Text(values[^1])})";
    }
}
