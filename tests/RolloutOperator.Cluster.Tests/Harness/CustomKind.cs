using System.Text.Json.Nodes;
using RolloutOperator.Core;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>A kind of one test's own, whose objects have a pod template at an unusual place.</summary>
internal sealed class CustomKind : IAsyncDisposable
{
    private readonly TestNamespace _space;

    private CustomKind(TestNamespace space) => (_space, Kind) = (space, new(space.Name + ".example.com", "v1", "widgets", "Widget", ["spec", "pod", "template"]));

    public WorkloadKind Kind { get; }

    /// <summary>What <c>--workload-kind</c> takes.</summary>
    public string Flag => $"{Kind.Group}/{Kind.Version}/{Kind.Plural}/{Kind.Kind}:{string.Join('.', Kind.TemplatePath)}";

    private string Name => $"{Kind.Plural}.{Kind.Group}";

    public static async Task<CustomKind> CreateAsync(TestNamespace space)
    {
        var crd = new CustomKind(space);
        await space.Cluster.Client.CreateAsync(Kinds.CustomResourceDefinitions, null, Json.Bytes(crd.Definition()), "test", Json.Read, default);
        await Cluster.EventuallyAsync("the CRD is served", async () =>
            (await space.Cluster.Client.GetAsync(Kinds.CustomResourceDefinitions, null, crd.Name, Json.Read, default))
                .At("status", "conditions")?.AsArray().Any(c => c.Text("type") == "Established" && c.Text("status") == "True") == true);

        // That its name is taken for good does not say that every request finds it.
        await Cluster.EventuallyAsync("the kind is found", async () =>
        {
            try
            {
                await space.Cluster.Client.ListPageAsync(Kinds.Of(crd.Kind), space.Name, new(), Json.Read, default);
                return true;
            }
            catch (KubeApiException e) when (e.IsNotFound)
            {
                return false;
            }
        });
        return crd;
    }

    /// <summary>Reports, as a controller of the kind would, how many of the pods, of which there is one, are new.</summary>
    public async Task StatusAsync(TestWorkload workload, int updated)
    {
        var now = await workload.GetAsync();
        await (await _space.Cluster.RawAsync()).PatchStatusAsync(
            $"/apis/{Kind.Group}/{Kind.Version}/namespaces/{_space.Name}/{Kind.Plural}/{workload.Name}",
            new()
            {
                ["observedGeneration"] = now.At("metadata", "generation")!.GetValue<long>(),
                ["replicas"] = 1,
                ["updatedReplicas"] = updated,
                ["availableReplicas"] = 1,
            });
    }

    public async ValueTask DisposeAsync() =>
        await _space.Cluster.Client.DeleteAsync(Kinds.CustomResourceDefinitions, null, Name, default);

    private JsonObject Definition() => new()
    {
        ["metadata"] = new JsonObject { ["name"] = Name },
        ["spec"] = new JsonObject
        {
            ["group"] = Kind.Group,
            ["scope"] = "Namespaced",
            ["names"] = Json.Strings(("plural", Kind.Plural), ("kind", Kind.Kind)),
            ["versions"] = new JsonArray(new JsonObject
            {
                ["name"] = Kind.Version,
                ["served"] = true,
                ["storage"] = true,
                ["subresources"] = new JsonObject { ["status"] = new JsonObject() },
                ["schema"] = new JsonObject
                {
                    ["openAPIV3Schema"] = new JsonObject { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true },
                },
            }),
        },
    };
}
