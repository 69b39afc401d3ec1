using System.Text.Json.Nodes;

namespace RolloutOperator.EndToEnd.Tests.Harness;

/// <summary>The installed operator: a Deployment with two replicas, one of which leads.</summary>
internal sealed record Installation(string Namespace, string Name)
{
    // The demo may have left its example in the cluster, with an image in a registry.
    private static readonly string[] Install = ["--wait", "--timeout", "4m", "--set", "scope.excludedNamespaces={greetings}"];

    private const string Selector = "app.kubernetes.io/name=rollout-operator";

    public Task<IReadOnlyList<JsonNode>> PodsAsync() =>
        Cluster.PodsAsync(Namespace, Selector);

    /// <summary>Installs or upgrades the release with helm, with further values.</summary>
    public Task<string> ReleaseAsync(string verb, params string[] values) =>
        Cluster.HelmAsync([verb, Name, Checkout.Chart, "--namespace", Namespace, .. Install, .. values]);

    /// <summary>Waits for two ready replicas and no third, one of which holds the Lease, and gives their pods.</summary>
    public async Task<IReadOnlyList<JsonNode>> ReadyAsync()
    {
        IReadOnlyList<JsonNode> pods = [];
        await Eventually.HoldsAsync(async () =>
        {
            pods = await PodsAsync();
            Assert.Equal(2, pods.Count);
            Assert.All(pods, pod => Assert.Contains(pod["status"]!["conditions"]!.AsArray(), condition => Cluster.Text(condition!, "type") == "Ready" && Cluster.Text(condition!, "status") == "True"));
            Assert.Contains(await LeaderAsync(), pods.Select(pod => Cluster.Text(pod, "metadata", "name")));
        });
        return pods;
    }

    /// <summary>The name of the pod that leads.</summary>
    public async Task<string> LeaderAsync() => Cluster.Text(await Cluster.GetAsync("lease", Name, "--namespace", Namespace), "spec", "holderIdentity");

    public async Task DeleteLeaderAsync()
    {
        var leader = await LeaderAsync();
        await Cluster.KubectlAsync("delete", "pod", leader, "--namespace", Namespace, "--wait=false");
        Assert.DoesNotContain(await ReadyAsync(), pod => Cluster.Text(pod, "metadata", "name") == leader);
    }

    /// <summary>Waits until no container of it runs.</summary>
    public Task EndedAsync() => Eventually.HoldsAsync(async () =>
        Assert.DoesNotContain(
            (await Cluster.ListAsync("pods", "--namespace", Namespace, "--selector", Selector)).SelectMany(pod => pod["status"]!["containerStatuses"]?.AsArray() ?? []),
            container => container!["state"]!["terminated"] is null));
}
