using System.Diagnostics;
using RolloutOperator.EndToEnd.Tests.Harness;

namespace RolloutOperator.EndToEnd.Tests;

/// <summary>
/// <c>make demo</c> on a cluster of one's own, which a second cluster stands for: the demo knows its kubeconfig, a context and
/// two images, as people would have them, and nothing of the folder that it was started from.
/// </summary>
public sealed class ForeignClusterTests(OperatorImage image, ITestOutputHelper output) : IAsyncDisposable
{
    private const string Context = "somebody@elsewhere";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("foreign-");

    private string ClusterFolder => Path.Combine(_folder.FullName, "cluster");

    private string Kubeconfig => Path.Combine(_folder.FullName, "kubeconfig");

    [Fact]
    public async Task The_demo_leaves_nothing_behind_in_a_cluster_of_somebodys_own()
    {
        await StartAsync("tests/cluster/up", "--pods");
        await StartAsync("tests/cluster/load-image", await image.ArchiveAsync());
        await StartAsync("tests/cluster/load-image");
        await WriteKubeconfigAsync();
        await WriteProgramAsync("helm", Path.Combine(Repository.Root, "tests", "install", "helm"));
        var kubectl = Environment.GetEnvironmentVariable("ROLLOUT_OPERATOR_TEST_KUBECTL") is { Length: > 0 } own ? own : "kubectl";
        if (kubectl != "kubectl")
        {
            await WriteProgramAsync("kubectl", kubectl);
        }

        var before = await EverythingAsync();
        Assert.Contains(before, name => name.StartsWith("clusterrole.", StringComparison.Ordinal));

        var (exitCode, lines) = await RunAsync(Path.Combine(Repository.Root, "examples", "greetings", "demo"), asSomebody: true);
        Assert.Equal(0, exitCode);
        Assert.Contains(lines, line => line.Contains("checks ok, 0 failed", StringComparison.Ordinal));
        Assert.Equal(2, lines.Count(line => line.EndsWith("answers: Namaste Ada", StringComparison.Ordinal)));
        Assert.Equal(before, await EverythingAsync());

        // Neither was the current context used, which leads nowhere, nor was the file changed.
        Assert.Equal("nowhere", (await KubectlAsync("config", "current-context")).Trim());
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync(Path.Combine(Repository.Root, "tests", "cluster", "down"), asSomebody: false);
        _folder.Delete(recursive: true);
    }

    private async Task StartAsync(string script, params string[] arguments)
    {
        var (exitCode, lines) = await RunAsync(Path.Combine(Repository.Root, script), asSomebody: false, arguments);
        Assert.True(exitCode == 0, string.Join('\n', lines));
    }

    private async Task WriteKubeconfigAsync()
    {
        File.Copy(Path.Combine(ClusterFolder, "kubeconfig"), Kubeconfig);
        await KubectlAsync("config", "rename-context", (await KubectlAsync("config", "current-context")).Trim(), Context);
        await KubectlAsync("config", "set-cluster", "nowhere", "--server=https://127.0.0.1:1");
        await KubectlAsync("config", "set-context", "nowhere", "--cluster=nowhere");
        await KubectlAsync("config", "use-context", "nowhere");
    }

    private async Task WriteProgramAsync(string name, string program)
    {
        var file = Path.Combine(_folder.CreateSubdirectory("bin").FullName, name);
        await File.WriteAllTextAsync(file, $"#!/bin/sh\nexec '{program}' \"$@\"\n");
        (await Tool.RunAsync("chmod", "", "+x", file)).Succeeded();
    }

    // The names of all objects but those that come and go in any cluster.
    private async Task<IReadOnlyList<string>> EverythingAsync()
    {
        List<string> all = [];
        foreach (var namespaced in new[] { "true", "false" })
        {
            var kinds = (await KubectlAsync("--context", Context, "api-resources", $"--namespaced={namespaced}", "--verbs=list", "--output=name"))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(kind => !kind.StartsWith("events", StringComparison.Ordinal));
            var names = await KubectlAsync(
                "--context", Context, "get", string.Join(',', kinds), "--all-namespaces", "--ignore-not-found", "--output",
                "go-template={{range .items}}{{.kind}}.{{.apiVersion}} {{with .metadata.namespace}}{{.}}/{{end}}{{.metadata.name}}{{\"\\n\"}}{{end}}");
            all.AddRange(names.ToLowerInvariant().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }

        return [.. all.Order(StringComparer.Ordinal)];
    }

    private async Task<string> KubectlAsync(params string[] arguments) =>
        (await Tool.RunAsync(
            Environment.GetEnvironmentVariable("ROLLOUT_OPERATOR_TEST_KUBECTL") is { Length: > 0 } own ? own : "kubectl", "", ["--kubeconfig", Kubeconfig, .. arguments])).Succeeded();

    private async Task<(int ExitCode, IReadOnlyList<string> Lines)> RunAsync(string program, bool asSomebody, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Repository.Root };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("ROLLOUT_OPERATOR_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        if (asSomebody)
        {
            start.Environment["KUBECONFIG"] = Kubeconfig;
            start.Environment["KUBE_CONTEXT"] = Context;
            start.Environment["GREETINGS_IMAGE"] = "greetings:1";
            start.Environment["OPERATOR_IMAGE"] = "localhost/rollout-operator:0.1.0";
            start.Environment["PATH"] = Path.Combine(_folder.FullName, "bin") + ":" + start.Environment["PATH"];
        }
        else
        {
            start.Environment["ROLLOUT_OPERATOR_CLUSTER_DIR"] = ClusterFolder;
        }

        using var process = Process.Start(start)!;
        try
        {
            var lines = await Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError)).WaitAsync(Patience);
            await process.WaitForExitAsync().WaitAsync(Patience);
            return (process.ExitCode, [.. lines.SelectMany(each => each)]);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private async Task<List<string>> ReadAsync(StreamReader reader)
    {
        List<string> lines = [];
        while (await reader.ReadLineAsync() is { } line)
        {
            lines.Add(line);
            output.WriteLine(line);
        }

        return lines;
    }
}
