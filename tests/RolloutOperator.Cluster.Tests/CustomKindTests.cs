using System.Net;
using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>Any kind with a pod template can be enrolled by a flag.</summary>
public sealed class CustomKindTests(TestCluster cluster)
{
    private const string CronJob = "batch/v1beta1/cronjobs/CronJob:spec.jobTemplate.spec.template";

    private static readonly string PodSpec = PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting");

    [Fact]
    public async Task Adopts_and_rolls_a_kind_with_its_template_at_another_path()
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
        await space.CatchUpAsync();

        Assert.Equal(1, await workload.TemplateChangesAsync());
        await space.EventReasonsAreAsync("app", kind, "Adopted", "RolloutTriggered");
        Assert.Equal(1, await running.MetricAsync("rollout_operator_rollouts_total{kind=\"other\"}"));
        Assert.Equal(1, await running.MetricAsync("rollout_operator_workloads{kind=\"other\"}"));
        await running.MetricIsAsync("rollout_operator_watch_synced{resource=\"other\"}", 1);

        // Nothing is assumed about a status that does not tell: only its namesake and the sentinels are known to roll.
        await running.MetricIsAsync("rollout_operator_stale_workloads{", 3);
    }

    [Fact]
    public async Task Adopts_rolls_and_tracks_a_custom_resource()
    {
        await using var space = await cluster.NamespaceAsync();
        await using var crd = await TestCustomResource.CreateAsync(space);
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync(crd.Kind, "app", PodSpec);
        var namesake = await space.DeployAsync("app", PodSpec);
        var running = await space.OperatorAsync("--workload-kind", crd.Flag);
        await workload.AdoptedAsync();
        await namesake.AdoptedAsync();

        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        await namesake.RolledAsync(1);
        await space.CatchUpAsync();

        Assert.Equal(1, await workload.TemplateChangesAsync());
        await space.EventReasonsAreAsync("app", crd.Kind, "Adopted", "RolloutTriggered");
        Assert.Equal(1, await running.MetricAsync("rollout_operator_rollouts_total{kind=\"other\"}"));
        Assert.Equal(1, await running.MetricAsync("rollout_operator_workloads{kind=\"other\"}"));

        await TestCustomResource.ReportAsync(workload, updated: 0);

        // So are its namesake and the sentinels.
        await running.MetricIsAsync("rollout_operator_stale_workloads{reason=\"rolling\"}", 4);
        await TestCustomResource.ReportAsync(workload, updated: 1);
        await space.EventAsync("app", "RolloutComplete", crd.Kind);
    }

    [Fact]
    public async Task When_a_kind_is_not_served_it_is_named_and_other_kinds_still_work()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpec);
        var running = space.StartOperator("--workload-kind", "no.example.com/v1/widgets/Widget");

        await running.WarnedAsync("widgets.no.example.com", "does not serve", "--workload-kind");
        await workload.AdoptedAsync();
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, await running.StatusAsync("/readyz"));
    }
}
