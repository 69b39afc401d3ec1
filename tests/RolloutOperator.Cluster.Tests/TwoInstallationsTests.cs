using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>Two installations of the operator, with a digest key each, share a workload.</summary>
public sealed class TwoInstallationsTests(TestCluster cluster)
{
    [Fact]
    public async Task One_installation_rolls_each_change_and_the_other_says_who_acts()
    {
        await using var space = await cluster.NamespaceAsync();
        await using var one = await InstallationAsync(space);
        await using var other = await InstallationAsync(space);
        var workload = await DeployAsync(space);
        var by = By(await workload.AdoptedAsync());
        var (acts, stands) = by == one.Name ? (one, other) : (other, one);
        Assert.Equal(acts.Name, by);
        Assert.StartsWith(
            $"Another installation of the operator ({acts.Name}) acts on this workload", await space.EventAsync("app", "Standby"), StringComparison.Ordinal);
        await stands.Running.MetricIsAsync("rollout_operator_standby_workloads ", 1);
        Assert.Equal(0, await acts.Running.MetricAsync("rollout_operator_standby_workloads "));

        for (var edit = 1; edit <= 3; edit++)
        {
            await space.EditSecretAsync("secret", ("password", $"{edit}"));
            await workload.RolledAsync(edit);
        }

        var ledger = await workload.LedgerAsync();
        await space.CatchUpAsync();
        Assert.Equal(ledger, await workload.LedgerAsync());
        Assert.Equal(3, await workload.TemplateChangesAsync());
        Assert.Equal(acts.Name, By(ledger!));
        Assert.DoesNotContain("DigestKeyChanged", await space.EventReasonsAsync("app"));
    }

    [Fact]
    public async Task An_installation_takes_over_when_the_other_one_is_gone()
    {
        await using var space = await cluster.NamespaceAsync();
        await using var one = await InstallationAsync(space);
        var workload = await DeployAsync(space);
        Assert.Equal(one.Name, By(await workload.AdoptedAsync()));
        await using var other = await InstallationAsync(space);
        await space.EventAsync("app", "Standby");
        await one.Running.KillAsync();

        await space.EditSecretAsync("secret", ("password", "2"));
        await workload.RolledAsync(1);
        Assert.Equal(other.Name, By((await workload.LedgerAsync())!));
        await other.Running.MetricIsAsync("rollout_operator_standby_workloads ", 0);
        await space.EditSecretAsync("secret", ("password", "3"));
        await workload.RolledAsync(2);
    }

    private static string? By(string ledger) => JsonNode.Parse(ledger).Text("by");

    private static async Task<TestWorkload> DeployAsync(TestNamespace space)
    {
        await space.SecretAsync("secret", ("password", "0"));
        return await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.Secret, "secret"));
    }

    private static async Task<Installation> InstallationAsync(TestNamespace space)
    {
        var home = await space.Cluster.NamespaceAsync();
        return new(home, await space.OperatorAsync("--operator-namespace", home.Name));
    }

    private sealed record Installation(TestNamespace Home, OperatorProcess Running) : IAsyncDisposable
    {
        public string Name => $"{Home.Name}/rollout-operator";

        public ValueTask DisposeAsync() => Home.DisposeAsync();
    }
}
