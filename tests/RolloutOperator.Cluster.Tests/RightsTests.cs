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
        (string Verb, string Resource, string Method, string Said)[] revoked =
            [("patch", "deployments", "PATCH", "cannot patch resource \"deployments\""), ("get", "configmaps", "GET", "grant the operator get on it")];
        for (var i = 0; i < revoked.Length; i++)
        {
            var (verb, resource, method, said) = revoked[i];
            var refusals = $"rest_client_requests_total{{code=\"403\",method=\"{method}\"";
            Assert.Equal(0, await running.MetricAsync(refusals));
            await account.RevokeAsync(permission => (permission.Verb, permission.Resource, permission.Namespace) == (verb, resource, space.Name));
            await space.EditConfigMapAsync("config", ("greeting", "Namaste " + verb));
            await running.LoggedAsync(said, space.Name);
            Assert.NotEqual(0, await running.MetricAsync(refusals));
            Assert.Equal(i, await workload.TemplateChangesAsync());

            await account.SetAsync(needed);
            await workload.RolledAsync(i + 1);
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
        await TestCluster.EventuallyAsync("all are logged", () => Task.FromResult(running.Permissions("Missing permission").Count >= needed.Length));
        Assert.Equal(needed.Select(permission => permission.Text).Order(StringComparer.Ordinal), running.Permissions("Missing permission").Order(StringComparer.Ordinal));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await running.StatusAsync("/readyz"));
        Assert.Equal(HttpStatusCode.OK, await running.StatusAsync("/healthz"));

        await account.SetAsync(needed);
        await running.ReadyAsync();
        await workload.AdoptedAsync();
        Assert.Equal(needed.Length, running.Permissions("Missing permission").Count);
    }
}
