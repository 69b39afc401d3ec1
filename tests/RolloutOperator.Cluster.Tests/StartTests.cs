using System.Net;
using System.Net.Sockets;
using RolloutOperator.Cli;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;

namespace RolloutOperator.Cluster.Tests;

/// <summary>What goes wrong at the start is said in one line that names the remedy.</summary>
public sealed class StartTests(Harness.Cluster cluster)
{
    [Fact]
    public async Task A_kubeconfig_that_does_not_exist_ends_the_program()
    {
        await using var space = await cluster.NamespaceAsync();
        var running = space.StartOperator("--kubeconfig", "/nowhere/kubeconfig");

        Assert.Equal((int)ExitCode.Configuration, await running.ExitAsync());
        Assert.Contains("/nowhere/kubeconfig", Assert.Single(running.Log), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_context_that_does_not_exist_ends_the_program()
    {
        await using var space = await cluster.NamespaceAsync();
        var running = space.StartOperator("--context", "no-such-context");

        Assert.Equal((int)ExitCode.Configuration, await running.ExitAsync());
        Assert.Contains("no-such-context", Assert.Single(running.Log), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_is_not_accepted_ends_the_program()
    {
        await using var space = await cluster.NamespaceAsync();
        var kubeconfig = await new RestrictedUser(space).KubeconfigAsync("expired-or-invented");
        var running = space.StartOperator("--kubeconfig", kubeconfig);

        Assert.Equal((int)ExitCode.Unauthorized, await running.ExitAsync());
        var line = Assert.Single(running.Log, l => l.Contains("Fatal", StringComparison.Ordinal));
        Assert.Contains("renew", line, StringComparison.Ordinal);
        Assert.DoesNotContain(running.Log, l => l.Contains("expired-or-invented", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_address_that_is_taken_ends_the_program()
    {
        await using var space = await cluster.NamespaceAsync();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var running = space.StartOperator("--listen", taken.LocalEndpoint.ToString()!);

        Assert.Equal((int)ExitCode.CannotListen, await running.ExitAsync());
        Assert.Contains("--listen", running.Log.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flag_that_does_not_exist_ends_the_program()
    {
        await using var space = await cluster.NamespaceAsync();
        var running = space.StartOperator("--no-such-flag");

        Assert.Equal((int)ExitCode.Usage, await running.ExitAsync());
        Assert.Contains(running.Log, line => line.Contains("--no-such-flag", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_API_server_that_is_away_is_waited_for()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        using var door = new Door(new Uri((await cluster.ServerAsync()).TrimEnd('/')));
        var running = space.StartOperator("--kubeconfig", await cluster.KubeconfigThroughAsync(space, door.Port));

        await running.LoggedAsync("Warning", "does not answer yet");
        await Harness.Cluster.EventuallyAsync("the operator lives", async () => await running.StatusAsync("/healthz") == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await running.StatusAsync("/readyz"));

        door.Open();
        await running.ReadyAsync();
        await workload.AdoptedAsync();
    }

    [Fact]
    public async Task A_right_that_is_missing_is_named_and_noticed_when_it_is_granted()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        var user = new RestrictedUser(space);
        var kubeconfig = await user.CreateAsync();
        foreach (var kind in WorkloadKinds.BuiltIn.Rows)
        {
            await user.GrantAsync(kind.Group, kind.Plural, "list", "watch", "patch");
        }

        await user.GrantAsync("", "secrets", "get", "list", "watch", "create");
        await user.GrantAsync("events.k8s.io", "events", "create");
        await user.GrantAsync("coordination.k8s.io", "leases", "get", "list", "watch", "create", "patch");
        var running = space.StartOperator("--kubeconfig", kubeconfig);

        await running.LoggedAsync("Warning", "configmaps", "namespace " + space.Name, "grant the operator get, list and watch on configmaps");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await running.StatusAsync("/readyz"));
        await space.NoteAsync("app", "Blocked");

        await user.GrantAsync("", "configmaps", "get", "list", "watch");
        await running.ReadyAsync();
        await workload.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
    }
}
