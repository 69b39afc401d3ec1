using System.Text.Json.Nodes;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>
/// Does for the pods of a namespace what a kubelet does, as far as controllers can tell: pods get ready, and those that
/// shall go are gone. The controllers that make and count the pods are the real ones.
/// </summary>
internal sealed class PlayedKubelet(TestNamespace space)
{
    /// <summary>Works until the condition holds.</summary>
    public Task UntilAsync(string what, Func<Task<bool>> condition) => Cluster.EventuallyAsync(what, async () =>
    {
        await WorkAsync();
        return await condition();
    });

    /// <summary>Works until the status of the workload has these numbers.</summary>
    public Task UntilAsync(TestWorkload workload, params (string Member, int Value)[] status) => UntilAsync(
        $"the status of {workload.Name} has {string.Join(", ", status)}",
        async () =>
        {
            var now = await workload.GetAsync();
            return now.At("status", "observedGeneration")?.GetValue<long>() == now.At("metadata", "generation")?.GetValue<long>()
                && status.All(s => (now.At("status", s.Member)?.GetValue<int>() ?? 0) == s.Value);
        });

    private async Task WorkAsync()
    {
        var api = await space.Cluster.RawAsync();
        foreach (var pod in (await space.Cluster.Client.ListPageAsync(Kinds.Pods, space.Name, new(), Json.Read, default)).Items)
        {
            var path = $"/api/v1/namespaces/{space.Name}/pods/{pod.Text("metadata", "name")}";
            if (pod.Text("metadata", "deletionTimestamp") is not null)
            {
                await api.DeleteNowAsync(path);
            }
            else if (pod.Text("status", "phase") != "Running")
            {
                await api.PatchStatusAsync(path, new()
                {
                    ["phase"] = "Running",
                    ["conditions"] = new JsonArray(Json.Strings(("type", "Ready"), ("status", "True"), ("lastTransitionTime", "2026-01-01T00:00:00Z"))),
                });
            }
        }
    }
}
