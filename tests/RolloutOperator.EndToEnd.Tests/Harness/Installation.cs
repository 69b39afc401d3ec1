using k8s;
using k8s.Models;

namespace RolloutOperator.EndToEnd.Tests.Harness;

/// <summary>The installed operator: a Deployment with two replicas, one of which leads.</summary>
internal sealed record Installation(string Namespace, string Name)
{
    // The demo may have left its example in the cluster, with an image in a registry.
    private static readonly string[] Install = ["--wait", "--timeout", "4m", "--set", "scope.excludedNamespaces={greetings}"];

    private const string Selector = "app.kubernetes.io/name=rollout-operator";

    public Task<IReadOnlyList<V1Pod>> PodsAsync() =>
        Cluster.PodsAsync(Namespace, Selector);

    /// <summary>Installs or upgrades the release with helm, with further values.</summary>
    public Task<string> ReleaseAsync(string verb, params string[] values) =>
        Cluster.HelmAsync([verb, Name, Checkout.Chart, "--namespace", Namespace, .. Install, .. values]);

    /// <summary>Waits for two ready replicas and no third, one of which holds the Lease, and gives their pods.</summary>
    public async Task<IReadOnlyList<V1Pod>> ReadyAsync()
    {
        IReadOnlyList<V1Pod> pods = [];
        await Eventually.HoldsAsync(async () =>
        {
            pods = await PodsAsync();
            Assert.Equal(2, pods.Count);
            Assert.All(pods, pod => Assert.Contains(pod.Status.Conditions ?? [], condition => condition is { Type: "Ready", Status: "True" }));
            Assert.Contains(await LeaderAsync(), pods.Select(pod => pod.Name()));
        });
        return pods;
    }

    /// <summary>The name of the pod that leads.</summary>
    public async Task<string> LeaderAsync() => (await Cluster.Client.CoordinationV1.ReadNamespacedLeaseAsync(Name, Namespace)).Spec.HolderIdentity;

    public async Task DeleteLeaderAsync()
    {
        var leader = await LeaderAsync();
        await Cluster.Client.CoreV1.DeleteNamespacedPodAsync(leader, Namespace);
        Assert.DoesNotContain(await ReadyAsync(), pod => pod.Name() == leader);
    }

    /// <summary>Waits until no container of it runs.</summary>
    public Task EndedAsync() => Eventually.HoldsAsync(async () =>
        Assert.DoesNotContain(
            (await Cluster.Client.CoreV1.ListNamespacedPodAsync(Namespace, labelSelector: Selector)).Items.SelectMany(pod => pod.Status.ContainerStatuses ?? []),
            container => container.State.Terminated is null));
}
