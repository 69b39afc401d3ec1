using System.Net;
using System.Net.Sockets;
using k8s;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>A start that fails logs one line that names the remedy.</summary>
public sealed class StartTests(TestCluster cluster)
{
    [Fact]
    public async Task A_missing_kubeconfig_ends_the_program()
    {
        await using var space = await cluster.NamespaceAsync();
        var running = space.StartOperator("--kubeconfig", "/nowhere/kubeconfig");

        Assert.Equal((int)ExitCode.Configuration, await running.ExitAsync());
        Assert.Contains("/nowhere/kubeconfig", Assert.Single(running.Log).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_context_ends_the_program()
    {
        await using var space = await cluster.NamespaceAsync();
        var running = space.StartOperator("--context", "no-such-context");

        Assert.Equal((int)ExitCode.Configuration, await running.ExitAsync());
        Assert.Contains("no-such-context", Assert.Single(running.Log).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rejected_token_ends_the_program()
    {
        await using var space = await cluster.NamespaceAsync();
        var kubeconfig = await TestAccount.KubeconfigOfTokenAsync(space, "invalid", "expired-or-invented");
        var running = space.StartOperator("--kubeconfig", kubeconfig);

        Assert.Equal((int)ExitCode.Unauthorized, await running.ExitAsync());
        var line = Assert.Single(running.Log, l => l.Field("level") == "fatal");
        Assert.Contains("renew", line.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(running.Log, l => l.Text.Contains("expired-or-invented", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_listen_address_in_use_ends_the_program()
    {
        await using var space = await cluster.NamespaceAsync();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var running = space.StartOperator("--listen", taken.LocalEndpoint.ToString()!);

        Assert.Equal((int)ExitCode.CannotListen, await running.ExitAsync());
        Assert.Contains("--listen", running.Log.Last().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_flag_ends_the_program()
    {
        await using var space = await cluster.NamespaceAsync();
        var running = space.StartOperator("--no-such-flag");

        Assert.Equal((int)ExitCode.Usage, await running.ExitAsync());
        Assert.Contains(running.Log, line => line.Text.Contains("--no-such-flag", StringComparison.Ordinal));
    }

    [Trait("Invariant", "I11")]
    [Fact]
    public async Task When_the_API_server_is_unreachable_the_program_waits_and_is_not_ready()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        using var proxy = new GatedTcpProxy(cluster.Client.BaseUri);
        var running = space.StartOperator("--kubeconfig", await cluster.KubeconfigAsync(
            space, "kubeconfig-proxy", config => config["clusters"]![0]!["cluster"]!["server"] = $"https://127.0.0.1:{proxy.Port}"));

        await running.WarnedAsync("is unreachable");
        await TestCluster.EventuallyAsync("the operator lives", async () => await running.StatusAsync("/healthz") == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await running.StatusAsync("/readyz"));

        proxy.Open();
        await running.ReadyAsync();
        await workload.AdoptedAsync();
    }

    [Fact]
    public async Task A_missing_permission_is_named_and_work_starts_when_it_is_granted()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        Permission[] all = Permission.OfOperator(space, space.Name);
        var account = await TestAccount.CreateAsync(space, all.Where(permission => permission.Resource != "configmaps"));
        var running = space.StartOperator("--kubeconfig", account.Kubeconfig);

        await running.WarnedAsync("configmaps", "namespace " + space.Name, "grant the operator get, list and watch on configmaps");
        await running.ReadyAsync();
        await space.EventAsync("app", "SourceNotFollowed");

        await account.GrantAsync(all);
        await workload.LedgerAsync("the source", ledger => ledger.Contains("configmap/config", StringComparison.Ordinal));
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
    }
}
