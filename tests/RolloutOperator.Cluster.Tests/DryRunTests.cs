using k8s;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>A dry run says what it would do, changes nothing, and disturbs nobody.</summary>
public sealed class DryRunTests(TestCluster cluster)
{
    private static readonly string[] Reading = ["get", "list", "watch"];

    [Fact]
    public async Task Without_the_right_to_change_anything_it_says_what_it_would_do()
    {
        await using var home = await cluster.NamespaceAsync();
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("conf", ("level", "A"));
        await space.SecretAsync("cred", ("p", "1"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "conf", SourceKind.Secret, "cred"));
        await workload.ObservedAsync();
        var before = await WrittenAsync(workload);
        var running = await DryRunAsync(home, space);

        Assert.StartsWith("Dry run: Watching 2 sources", await space.EventAsync("app", "Adopted"), StringComparison.Ordinal);
        await running.LoggedAsync("Dry run: would adopt Deployment", "\"dryRun\":true");

        await space.EditConfigMapAsync("conf", ("level", "B"));
        Assert.StartsWith("Dry run: configmap/conf changed (level): rollout 1", await space.EventAsync("app", "RolloutTriggered"), StringComparison.Ordinal);
        await space.EditSecretAsync("cred", ("p", "2"));
        Assert.Contains("Dry run: secret/cred changed (p): rollout 2", await space.EventAsync("app", "RolloutTriggered", note => note.EndsWith('2')), StringComparison.Ordinal);
        await space.DeleteConfigMapAsync("conf");
        Assert.StartsWith("Dry run: No rollout while configmap/conf does not exist", await space.EventAsync("app", "Blocked"), StringComparison.Ordinal);

        // What comes back as it was is no change.
        await running.ReadsAsync(() => space.ConfigMapAsync("conf", ("level", "B")));
        await running.MetricIsAsync("rollout_operator_stale_workloads", 0);
        await space.EventReasonsAreAsync("app", null, "Adopted", "RolloutTriggered", "RolloutTriggered", "Blocked");
        await running.MetricIsAsync("rollout_operator_rollouts_total{kind=\"Deployment\"", 2);
        await running.MetricIsAsync("rollout_operator_reconcile_outcomes_total{outcome=\"adopt\"", 1);
        await running.MetricIsAsync("rollout_operator_dry_run ", 1);
        Assert.Equal(0, await running.MetricAsync("rollout_operator_patches_total"));
        Assert.Equal(0, await running.MetricAsync("rest_client_requests_total", "method=\"PATCH\""));
        Assert.Empty(running.Permissions("Missing permission"));
        Assert.Equal(before, await WrittenAsync(workload));
        Assert.DoesNotContain((await cluster.Client.CoreV1.ListNamespacedSecretAsync(home.Name)).Items, secret => secret.Metadata.Name.StartsWith("rollout-operator", StringComparison.Ordinal));
        Assert.Empty((await cluster.Client.CoordinationV1.ListNamespacedLeaseAsync(home.Name)).Items);
    }

    [Fact]
    public async Task A_burst_is_said_to_be_one_rollout_without_any_right_in_its_own_namespace()
    {
        await using var home = await cluster.NamespaceAsync();
        await using var space = await cluster.NamespaceAsync();
        await space.SecretAsync("cred", ("level", "0"));
        await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.Secret, "cred"));
        var account = await TestAccount.CreateAsync(home, Rights(home, space).Where(right => right.Namespace == space.Name));
        var running = await home.OperatorAsync("--kubeconfig", account.Kubeconfig, "--namespace", space.Name, "--dry-run", "--settle", "3s");
        await running.LoggedAsync("under a key in memory");
        await space.EventAsync("app", "Adopted");
        for (var edit = 1; edit <= 5; edit++)
        {
            await running.ReadsAsync(() => space.EditSecretAsync("cred", ("level", $"{edit}")));
        }

        await space.EventAsync("app", "RolloutTriggered");
        await running.MetricIsAsync("rollout_operator_rollouts_total{kind=\"Deployment\"", 1);
        await space.EventReasonsAreAsync("app", null, "Adopted", "RolloutTriggered");
    }

    [Fact]
    public async Task Beside_an_operator_it_disturbs_nothing_and_stands_by_nobody()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("conf", ("level", "A"));
        await space.SecretAsync("cred", ("p", "1"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "conf", SourceKind.Secret, "cred"));
        var real = await space.OperatorAsync();
        await workload.AdoptedAsync();

        // In the namespace of the operator, it has its key and could take its Lease.
        var account = await TestAccount.CreateAsync(space, Rights(space, space));
        var dry = await space.OperatorAsync("--kubeconfig", account.Kubeconfig, "--dry-run");
        await TestCluster.EventuallyAsync("it has compared Secrets", async () => await dry.MetricAsync("rollout_operator_reconcile_outcomes_total{outcome=\"up_to_date\"") >= 1);
        for (var edit = 1; edit <= 3; edit++)
        {
            await space.EditSecretAsync("cred", ("p", $"edit {edit}"));
            await workload.RolledAsync(edit);
        }

        await space.CatchUpAsync();
        Assert.Equal(3, await workload.TemplateChangesAsync());
        Assert.True(await real.LeadsAsync());
        Assert.Equal(0, await real.MetricAsync("rollout_operator_standby_workloads "));
        Assert.Equal(0, await dry.MetricAsync("rest_client_requests_total", "method=\"PATCH\""));
        var events = await space.EventsAsync("app");
        Assert.DoesNotContain(events, e => e.Reason is "Standby" or "Contended" or "DigestKeyChanged");
        Assert.DoesNotContain(events, e => e.Reason is "RolloutComplete" && e.Note.StartsWith("Dry run", StringComparison.Ordinal));
        Assert.Equal("Adopted", Assert.Single(events, e => e.Reason == "Adopted").Reason);

        // Alone, it says what the operator would have done.
        Assert.Equal(0, await real.TerminateAsync());
        await space.EditSecretAsync("cred", ("p", "edit 4"));
        await space.EventAsync("app", "RolloutTriggered", note => note == "Dry run: secret/cred changed (p): rollout 4");
        Assert.Equal(3, await workload.TemplateChangesAsync());
    }

    private static async Task<OperatorProcess> DryRunAsync(TestNamespace home, TestNamespace space)
    {
        var account = await TestAccount.CreateAsync(home, Rights(home, space));
        return await home.OperatorAsync("--kubeconfig", account.Kubeconfig, "--namespace", space.Name, "--dry-run");
    }

    private static IEnumerable<Permission> Rights(TestNamespace home, TestNamespace space) =>
        Permission.OfOperator(home, space.Name).Where(right => right.Resource != "leases" && (Reading.Contains(right.Verb) || right.Resource == "events"));

    // Everything of the workload but its status and what the controller notes beside it.
    private static async Task<string> WrittenAsync(TestWorkload workload)
    {
        var now = await workload.GetAsync();
        now.Remove("status");
        now["metadata"]!.AsObject().Remove("managedFields");
        now["metadata"]!.AsObject().Remove("resourceVersion");
        return now.ToJsonString();
    }
}
