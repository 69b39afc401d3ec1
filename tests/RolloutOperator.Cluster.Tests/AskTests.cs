using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>The commands for people, with the right to read and no other, on what a running operator does.</summary>
public sealed class AskTests(TestCluster cluster)
{
    private static readonly string PodSpec = PodSpecs.EnvFrom(SourceKind.ConfigMap, "config", SourceKind.Secret, "password");

    [Fact]
    public async Task Explain_says_what_the_operator_then_does()
    {
        await using var space = await cluster.NamespaceAsync();
        var ask = await CliProcess.ReaderAsync(space, space);
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.SecretAsync("password", ("password", "hunter2"));
        var workload = await space.DeployAsync("app", PodSpec);
        await workload.HasPodsAsync(1);
        Assert.Equal("New", await StateAsync(ask));

        var running = await space.OperatorAsync();
        await workload.AdoptedAsync();
        Assert.Contains(await StateAsync(ask), new[] { "UpToDate", "Rolling" });
        Assert.Equal(0, await running.TerminateAsync());

        await space.EditSecretAsync("password", ("password", "hunter3"));
        var stale = await ask.RunAsync("explain", "deployment/app", "-o", "json");
        Assert.Equal("Stale", (string?)stale.Json["workload"]!["state"]);
        Assert.Equal("It would be rolled: secret/password changed.", (string?)stale.Json["decision"]);
        Assert.Equal(["unchanged", "differs, or is under another digest key"], stale.Json["sources"]!.AsArray().Select(source => (string?)source!["state"]));
        Assert.Equal("secret/password", (string?)stale.Json["sources"]![1]!["source"]);

        await workload.AnnotateAsync(Names.Pause, "true");
        Assert.Equal("Held", await StateAsync(ask));
        await space.DeleteConfigMapAsync("config");
        Assert.Equal("Blocked", await StateAsync(ask));
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await workload.AnnotateAsync(Names.Pause, null);

        await space.OperatorAsync();
        await workload.RolledAsync(1);
        await space.EventAsync("app", "RolloutTriggered");
        var history = await ask.RunAsync("history", "deploy/app", "-o", "json");
        await workload.ObservedAsync(", and made the new ReplicaSet", now => now.Text("metadata", "annotations", "deployment.kubernetes.io/revision") == "2");
        history = await ask.RunAsync("history", "deploy/app", "-o", "json");
        Assert.Equal([1, null], history.Json["rollouts"]!.AsArray().Select(each => (int?)each!["rollout"]));
        Assert.StartsWith("secret/password changed", (string?)history.Json["rollouts"]![0]!["cause"], StringComparison.Ordinal);
        await workload.LabelAsync(Names.Enabled, "false");
        Assert.Equal("NotEnrolled", await StateAsync(ask));
    }

    [Fact]
    public async Task Status_shows_trouble_first_and_graph_who_reads_what()
    {
        await using var space = await cluster.NamespaceAsync();
        var ask = await CliProcess.ReaderAsync(space, space);
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var stale = await space.DeployAsync("stale", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        var held = await space.DeployAsync(WorkloadKind.StatefulSet, "held", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        await space.DeployAsync("blocked", PodSpecs.EnvFrom(SourceKind.ConfigMap, "missing"));
        await space.DeployAsync("other", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"), enrolled: false);
        await Task.WhenAll(stale.HasPodsAsync(1), held.HasPodsAsync(1));
        var running = await space.OperatorAsync();
        await stale.AdoptedAsync();
        await held.AdoptedAsync();
        Assert.Equal(0, await running.TerminateAsync());
        await held.AnnotateAsync(Names.Pause, "true");
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));

        var status = await ask.RunAsync("status");
        Assert.Equal(
            ["deployment/blocked Blocked", "statefulset/held Held", "deployment/stale Stale"],
            status.Output.Split('\n').Skip(1).Where(line => line.Length > 0).Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..3])));
        Assert.Equal(0, status.ExitCode);
        Assert.Equal("statefulset/held\n", (await ask.RunAsync("status", "-o", "name")).Output.Split('\n')[1] + "\n");

        var graph = await ask.RunAsync("graph", "configmap/config", "-o", "json");
        Assert.Equal(["Deployment stale", "StatefulSet held"], graph.Json["edges"]!.AsArray().Select(edge => $"{edge!["kind"]} {edge["name"]}"));
        var dot = await ask.RunAsync("graph", "-o", "dot");
        Assert.Contains($"\"{space.Name}/configmap/missing\" -> \"{space.Name}/deployment/blocked\";", dot.Output, StringComparison.Ordinal);

        var plan = await ask.RunAsync("plan");
        Assert.Equal(2, plan.ExitCode);
        Assert.Contains("1 workload would roll with 1 pod in 1 namespace; 1 blocked, 1 held, 0 would not roll.", plan.Output, StringComparison.Ordinal);
        await stale.AnnotateAsync(Names.Pause, "true");
        Assert.Equal(0, (await ask.RunAsync("plan")).ExitCode);
    }

    [Fact]
    public async Task Without_the_right_to_read_Secrets_it_says_so_and_answers_the_rest()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.SecretAsync("password", ("password", "hunter2"));
        var workload = await space.DeployAsync("app", PodSpec);
        await workload.HasPodsAsync(1);
        var running = await space.OperatorAsync();
        await workload.AdoptedAsync();
        Assert.Equal(0, await running.TerminateAsync());
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await space.EditSecretAsync("password", ("password", "hunter3"));

        var account = await TestAccount.CreateAsync(space, CliProcess.Permissions([space.Name]).Where(permission => !permission.Text.Contains("secrets", StringComparison.Ordinal)), "developer");
        var ask = new CliProcess(space, account.Kubeconfig);
        var explained = await ask.RunAsync("explain", "deployment/app");
        Assert.Equal(0, explained.ExitCode);
        Assert.Contains("It would be rolled: configmap/config changed.", explained.Output, StringComparison.Ordinal);
        Assert.Matches("secret/password +may not be read by you: it takes get on secrets", explained.Output);
        Assert.Contains("may not be read by you: whether Secrets differ from the ledger cannot be said", explained.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("there is no Deployment missing", "explain", "deployment/missing")]
    [InlineData("is not KIND/NAME", "explain", "app")]
    [InlineData("the operator does not watch the kind \"cronjob\"", "explain", "cronjob/app")]
    [InlineData("\"pdf\" is no format", "status", "-o", "pdf")]
    [InlineData("is no source: write configmap/a", "graph", "shared")]
    [InlineData("did you mean status?", "statsu")]
    [InlineData("127.0.0.1:1", "status", "--kubeconfig", "")]
    [InlineData("/nowhere/config", "status", "--kubeconfig", "/nowhere/config")]
    public async Task An_error_says_what_is_wrong_and_what_helps(string said, params string[] command)
    {
        await using var space = await cluster.NamespaceAsync();
        var ask = await CliProcess.ReaderAsync(space, space);
        if (command is [.., ""])
        {
            command[^1] = await space.FileAsync("nobody-answers", """
                {"current-context": "a", "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}], "users": [{"name": "a", "user": {}}],
                 "clusters": [{"name": "a", "cluster": {"server": "http://127.0.0.1:1"}}]}
                """);
        }

        var result = await ask.RunAsync(command);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(said, result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    private static async Task<string?> StateAsync(CliProcess ask) =>
        (string?)(await ask.RunAsync("explain", "deployment/app", "-o", "json")).Json["workload"]!["state"];
}
