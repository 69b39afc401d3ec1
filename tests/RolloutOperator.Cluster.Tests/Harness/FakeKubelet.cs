using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>
/// Does for the pods of a namespace what controllers see of a kubelet: pods become ready, and deleted pods go away. The
/// controllers that create and count the pods are the real ones.
/// </summary>
/// <param name="space">The namespace.</param>
/// <param name="image">The only image that starts; null for all.</param>
internal sealed class FakeKubelet(TestNamespace space, string? image = null)
{
    /// <summary>Works until the condition holds.</summary>
    public Task UntilAsync(string what, Func<Task<bool>> condition) => TestCluster.EventuallyAsync(what, async () =>
    {
        await SyncPodsAsync();
        return await condition();
    });

    /// <summary>Works until the Event is there.</summary>
    public Task UntilEventAsync(string workload, string reason) =>
        UntilAsync(reason, async () => (await space.EventReasonsAsync(workload)).Contains(reason));

    /// <summary>Works until the status of the workload has these numbers.</summary>
    public Task UntilAsync(TestWorkload workload, params (string Member, int Value)[] status) => UntilAsync(
        $"the status of {workload.Name} has {string.Join(", ", status)}",
        async () =>
        {
            var now = await workload.GetAsync();
            return now.At("status", "observedGeneration")?.GetValue<long>() == now.At("metadata", "generation")?.GetValue<long>()
                && status.All(s => (now.At("status", s.Member)?.GetValue<int>() ?? 0) == s.Value);
        });

    private async Task SyncPodsAsync()
    {
        var pods = space.Cluster.Client.CoreV1;
        foreach (var pod in (await pods.ListNamespacedPodAsync(space.Name)).Items)
        {
            try
            {
                if (pod.Metadata.DeletionTimestamp is not null)
                {
                    await pods.DeleteNamespacedPodAsync(pod.Name(), space.Name, gracePeriodSeconds: 0);
                }
                else if (pod.Status?.Phase != "Running" && (image is null || pod.Spec.Containers[0].Image == image))
                {
                    await pods.PatchNamespacedPodStatusAsync(Ready(), pod.Name(), space.Name);
                }
            }
            catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
            {
                // A controller deleted it meanwhile.
            }
        }
    }

    private static V1Patch Ready() => TestNamespace.MergePatch(new V1Pod
    {
        Status = new()
        {
            Phase = "Running",
            Conditions = [new() { Type = "Ready", Status = "True", LastTransitionTime = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc) }],
        },
    });
}
