using System.Net;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>Missing permissions are named, and work goes on when they are granted.</summary>
public sealed class RightsTests(TestCluster cluster)
{
    [Fact]
    public async Task When_a_permission_is_revoked_it_is_named_and_work_resumes_when_granted_again()
    {
        await using var home = await cluster.NamespaceAsync();
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        var needed = Permission.OfOperator(home, space.Name);
        var account = await TestAccount.CreateAsync(home, needed);
        var running = await home.OperatorAsync("--kubeconfig", account.Kubeconfig, "--namespace", space.Name);
        await workload.AdoptedAsync();
        foreach (var (verb, resource, group, count) in new[] { ("patch", "deployments", ".apps", 1), ("get", "configmaps", "", 2) })
        {
            var right = $"{verb} on {resource}{group} in namespace {space.Name}";
            var gauge = $"rollout_operator_missing_permissions{{resource=\"{resource}\",verb=\"{verb}\"}}";
            Assert.Equal(0, await running.MetricAsync(gauge));
            await account.RevokeAsync(permission => (permission.Verb, permission.Resource, permission.Namespace) == (verb, resource, space.Name));
            await space.EditConfigMapAsync("config", ("greeting", "Namaste " + verb));
            await LoggedAsync(running, "Missing right", right);
            await running.MetricIsAsync(gauge, 1);
            Assert.Equal(1, await running.MetricAsync("rollout_operator_missing_permissions{"));
            Assert.Equal(count - 1, await workload.TemplateChangesAsync());

            await account.SetAsync(needed);
            await LoggedAsync(running, "Granted", right);
            await workload.RolledAsync(count);
            await running.MetricIsAsync("rollout_operator_missing_permissions{", 0);
        }
    }

    [Fact]
    public async Task Without_any_permission_each_is_logged_once_and_work_starts_when_granted()
    {
        await using var home = await cluster.NamespaceAsync();
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        var needed = Permission.OfOperator(home, space.Name);
        var account = await TestAccount.CreateAsync(home);
        var running = home.StartOperator("--kubeconfig", account.Kubeconfig, "--namespace", space.Name);
        await TestCluster.EventuallyAsync("all are logged", () => Task.FromResult(running.Permissions("Missing right").Count >= needed.Length));
        Assert.Equal(needed.Select(permission => permission.Text).Order(StringComparer.Ordinal), running.Permissions("Missing right").Order(StringComparer.Ordinal));
        Assert.Equal(needed.Length, await running.MetricAsync("rollout_operator_missing_permissions{"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await running.StatusAsync("/readyz"));
        Assert.Equal(HttpStatusCode.OK, await running.StatusAsync("/healthz"));

        await account.SetAsync(needed);
        await running.ReadyAsync();
        await workload.AdoptedAsync();
        await TestCluster.EventuallyAsync("all are logged", () => Task.FromResult(running.Permissions("Granted").Count == needed.Length));
        Assert.Equal(needed.Length, running.Permissions("Missing right").Count);
        Assert.Equal(0, await running.MetricAsync("rollout_operator_missing_permissions{"));
    }

    private static Task LoggedAsync(OperatorProcess running, string beginning, string right) =>
        TestCluster.EventuallyAsync($"{beginning}: {right}", () => Task.FromResult(running.Permissions(beginning).Contains(right)));
}
