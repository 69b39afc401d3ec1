using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>The commands <c>pause</c>, <c>resume</c>, <c>approve</c> and <c>adopt</c>, with the right to patch and without it.</summary>
public sealed class AnnotationCommandTests(TestCluster cluster)
{
    [Fact]
    public async Task Pause_holds_a_rollout_and_resume_lets_it_go_on()
    {
        await using var space = await cluster.NamespaceAsync();
        var ask = await WriterAsync(space);
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        await workload.HasPodsAsync(1);
        await space.OperatorAsync();
        await workload.AdoptedAsync();

        var paused = await ask.RunAsync("pause", "deployment/app");
        Assert.Equal((0, "deployment/app paused"), (paused.ExitCode, paused.Output.Split('\n')[0]));
        Assert.Equal("true", await workload.AnnotationAsync(Names.Pause));
        Assert.Contains("kubectl-rollout_operator", Managers(await workload.GetAsync()));

        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await space.EventAsync("app", "RolloutHeld");
        var again = await ask.RunAsync("pause", "deployment/app");
        Assert.Equal("deployment/app is paused already\nA rollout is due and is held: configmap/config changed; no rollout, since the annotation rollout-operator.io/pause is set.\n", again.Output);
        Assert.Equal(0, await workload.TemplateChangesAsync());

        var resumed = await ask.RunAsync("resume", "deployment/app");
        Assert.Equal("deployment/app resumed\nThe operator rolls it now: configmap/config changed.\n", resumed.Output);
        await workload.RolledAsync(1);
        Assert.Null(await workload.AnnotationAsync(Names.Pause));
        var twice = await ask.RunAsync("resume", "deployment/app", "-o", "json");
        Assert.Equal((false, false), (twice.Json["value"] is not null, (bool)twice.Json["changed"]!));
    }

    [Fact]
    public async Task A_dry_run_of_a_pause_writes_nothing()
    {
        await using var space = await cluster.NamespaceAsync();
        var ask = await WriterAsync(space);
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        Assert.StartsWith("deployment/app paused (dry run)\n", (await ask.RunAsync("pause", "deployment/app", "--dry-run=client")).Output, StringComparison.Ordinal);
        Assert.StartsWith("deployment/app paused (server dry run)\n", (await ask.RunAsync("pause", "deployment/app", "--dry-run=server")).Output, StringComparison.Ordinal);
        Assert.Null(await workload.AnnotationAsync(Names.Pause));

        await workload.AnnotateAsync(Names.Pause, "true");
        var resumed = await ask.RunAsync("resume", "deployment/app", "--dry-run", "server");
        Assert.Contains("The annotation was written by test, which may set it again", resumed.Output, StringComparison.Ordinal);
        Assert.Equal("true", await workload.AnnotationAsync(Names.Pause));
        Assert.Contains("\"soon\" is no mode; write none, client or server", (await ask.RunAsync("pause", "deployment/app", "--dry-run=soon")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_right_to_patch_a_pause_says_so()
    {
        await using var space = await cluster.NamespaceAsync();
        var ask = await CliProcess.ReaderAsync(space, space);
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        var refused = await ask.RunAsync("pause", "deployment/app");
        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("cannot patch resource \"deployments\"", refused.Error, StringComparison.Ordinal);
        Assert.Contains("It takes the right to patch deployments: kubectl auth can-i patch deployments/app --namespace " + space.Name, refused.Error, StringComparison.Ordinal);
        Assert.Null(await workload.AnnotationAsync(Names.Pause));
        Assert.Equal(0, (await ask.RunAsync("pause", "deployment/app", "--dry-run=client")).ExitCode);
    }

    [Fact]
    public async Task A_rollout_that_is_due_is_adopted_once()
    {
        await using var space = await cluster.NamespaceAsync();
        var ask = await WriterAsync(space);
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        await workload.HasPodsAsync(1);
        await space.OperatorAsync();
        await workload.AdoptedAsync();
        var nothing = await ask.RunAsync("adopt", "deployment/app");
        Assert.Equal((0, "deployment/app has nothing to adopt\nNo rollout is due.\n"), (nothing.ExitCode, nothing.Output));

        await workload.AnnotateAsync(Names.Pause, "true");
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await space.EventAsync("app", "RolloutHeld");
        Assert.StartsWith("deployment/app is to be adopted (dry run)\n", (await ask.RunAsync("adopt", "deployment/app", "--dry-run=client")).Output, StringComparison.Ordinal);
        var adopted = await ask.RunAsync("adopt", "deployment/app");
        Assert.Equal((0, "deployment/app is to be adopted\nThere will be no rollout for this: configmap/config changed.\n"), (adopted.ExitCode, adopted.Output));
        await space.EventAsync("app", "Adopted", note => note.StartsWith("No rollout, since the annotation rollout-operator.io/adopt says so", StringComparison.Ordinal));
        await ask.RunAsync("resume", "deployment/app");
        await space.CatchUpAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());
        Assert.Equal("deployment/app has nothing to adopt", (await ask.RunAsync("adopt", "deployment/app")).Output.Split('\n')[0]);

        // The pods read another state, and then the one that was adopted comes back.
        await space.EditConfigMapAsync("config", ("greeting", "Servus"));
        await workload.RolledAsync(1);
        await workload.AnnotateAsync(Names.Pause, "true");
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await space.EventuallyAsync("it is held again", async () => (await ask.RunAsync("status", "-o", "json")).Output.Contains("\"Held\"", StringComparison.Ordinal));
        Assert.Contains("AdoptOutdated", (await ask.RunAsync("explain", "deployment/app")).Output, StringComparison.Ordinal);
        await ask.RunAsync("resume", "deployment/app");
        await workload.RolledAsync(2);
    }

    [Fact]
    public async Task A_rollout_waits_for_the_approval_of_its_state()
    {
        await using var space = await cluster.NamespaceAsync();
        var ask = await WriterAsync(space);
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        await workload.AnnotateAsync(Names.Approval, "required");
        await workload.HasPodsAsync(1);
        await space.OperatorAsync();
        await workload.AdoptedAsync();
        Assert.Equal("deployment/app has nothing to approve\nNo rollout is due.\n", (await ask.RunAsync("approve", "deployment/app")).Output);

        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        var held = await space.EventAsync("app", "RolloutHeld");
        var command = $"kubectl annotate --overwrite deployment app --namespace {space.Name} {Names.Approved}=";
        Assert.Contains(command, held, StringComparison.Ordinal);
        Assert.Equal(
            "deployment/app approved (dry run)\nThe operator rolls it now: configmap/config changed.\n",
            (await ask.RunAsync("approve", "deployment/app", "--dry-run=client")).Output);
        Assert.Equal(0, await workload.TemplateChangesAsync());
        Assert.Equal(0, (await ask.RunAsync("approve", "deployment/app")).ExitCode);
        await workload.RolledAsync(1);
        Assert.Equal(held[(held.IndexOf(command, StringComparison.Ordinal) + command.Length)..].Split(' ', '\n')[0], await workload.AnnotationAsync(Names.Approved));

        // What was approved is one state, and no other one.
        await space.EditConfigMapAsync("config", ("greeting", "Servus"));
        await space.EventAsync("app", "RolloutHeld", note => note != held);
        Assert.Equal(1, await workload.TemplateChangesAsync());
        await ask.RunAsync("pause", "deployment/app");
        var paused = await ask.RunAsync("approve", "deployment/app");
        Assert.Equal(
            "deployment/app approved\nA rollout is due and is held: configmap/config changed; no rollout, since the annotation rollout-operator.io/pause is set.\n", paused.Output);
        Assert.StartsWith("deployment/app is approved already\n", (await ask.RunAsync("approve", "deployment/app")).Output, StringComparison.Ordinal);
        await ask.RunAsync("resume", "deployment/app");
        await workload.RolledAsync(2);
    }

    private static async Task<CliProcess> WriterAsync(TestNamespace space) => new(
        space,
        (await TestAccount.CreateAsync(space, CliProcess.Permissions([space.Name]).Append(new("patch", "apps", "deployments", space.Name)), "developer")).Kubeconfig);

    private static IEnumerable<string?> Managers(JsonObject workload) => workload["metadata"]!["managedFields"]!.AsArray().Select(entry => (string?)entry!["manager"]);
}
