using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;

namespace RolloutOperator.Cluster.Tests;

/// <summary>Any kind with a pod template can be enrolled: its row comes from the command line.</summary>
public sealed class CustomKindTests(Harness.Cluster cluster)
{
    private const string CronJob = "batch/v1beta1/cronjobs/CronJob:spec.jobTemplate.spec.template";

    private static readonly string PodSpec = PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting");

    [Fact]
    public async Task A_kind_with_its_template_elsewhere_is_adopted_and_rolled()
    {
        Assert.True(WorkloadKind.TryParse(CronJob, out var kind));
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var job = JsonNode.Parse(PodSpec)!;
        job["restartPolicy"] = "Never";
        var workload = await space.DeployAsync(kind, "app", job.ToJsonString(), spec: new() { ["schedule"] = "0 0 1 1 *", ["suspend"] = true });
        var namesake = await space.DeployAsync("app", PodSpec);
        var running = await space.OperatorAsync("--workload-kind", CronJob);
        await workload.AdoptedAsync();
        await namesake.AdoptedAsync();

        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        await namesake.RolledAsync(1);
        await space.FenceAsync();

        Assert.Equal(1, await workload.TemplateChangesAsync());
        await space.SaidAsync("app", kind, "Adopted", "RolloutTriggered");
        Assert.Equal(1, await running.MetricAsync("rollout_operator_rollouts_total{kind=\"other\"}"));
        Assert.Equal(1, await running.MetricAsync("rollout_operator_workloads{kind=\"other\"}"));
        await Harness.Cluster.EventuallyAsync(
            "the kind is in sync", async () => await running.MetricAsync("rollout_operator_watch_synced{resource=\"other\"}") == 1);

        // What its status does not say is not guessed: only its namesake and the sentinel are known to roll.
        await Harness.Cluster.EventuallyAsync(
            "two workloads are rolling", async () => await running.MetricAsync("rollout_operator_stale_workloads{") == 2);
    }

    [Fact]
    public async Task A_kind_of_a_CRD_is_adopted_rolled_and_followed()
    {
        await using var space = await cluster.NamespaceAsync();
        await using var crd = await CustomKind.CreateAsync(space);
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync(crd.Kind, "app", PodSpec);
        var namesake = await space.DeployAsync("app", PodSpec);
        var running = await space.OperatorAsync("--workload-kind", crd.Flag);
        await workload.AdoptedAsync();
        await namesake.AdoptedAsync();

        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        await namesake.RolledAsync(1);
        await space.FenceAsync();

        Assert.Equal(1, await workload.TemplateChangesAsync());
        await space.SaidAsync("app", crd.Kind, "Adopted", "RolloutTriggered");
        Assert.Equal(1, await running.MetricAsync("rollout_operator_rollouts_total{kind=\"other\"}"));
        Assert.Equal(1, await running.MetricAsync("rollout_operator_workloads{kind=\"other\"}"));

        await crd.StatusAsync(workload, updated: 0);
        await Harness.Cluster.EventuallyAsync(
            "it is rolling, as are its namesake and the sentinel",
            async () => await running.MetricAsync("rollout_operator_stale_workloads{reason=\"rolling\"}") == 3);
        await crd.StatusAsync(workload, updated: 1);
        await Harness.Cluster.EventuallyAsync(
            "RolloutComplete", async () => (await space.EventsAsync("app", crd.Kind)).Contains("RolloutComplete"));
    }

    [Fact]
    public async Task A_kind_that_the_server_does_not_serve_is_named_and_the_others_go_on()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpec);
        var running = space.StartOperator("--workload-kind", "no.example.com/v1/widgets/Widget");

        await running.LoggedAsync("Warning", "widgets.no.example.com", "does not serve", "--workload-kind");
        await workload.AdoptedAsync();
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, await running.StatusAsync("/readyz"));
    }

    // Kubernetes 1.20 carries reflect2 1.0.1, which reads maps as Go did before 1.18; Debian compiles it with Go 1.19.
}
