using System.Net;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>A custom resource of one test, whose objects have a pod template at an unusual place.</summary>
internal sealed class TestCustomResource : IAsyncDisposable
{
    private readonly TestNamespace _space;

    private TestCustomResource(TestNamespace space) =>
        (_space, Kind) = (space, new(space.Name + ".example.com", "v1", "widgets", "Widget", ["spec", "pod", "template"]));

    public WorkloadKind Kind { get; }

    /// <summary>The value of <c>--workload-kind</c>.</summary>
    public string Flag => $"{Kind.Group}/{Kind.Version}/{Kind.Plural}/{Kind.Kind}:{string.Join('.', Kind.TemplatePath)}";

    private string Name => $"{Kind.Plural}.{Kind.Group}";

    public static async Task<TestCustomResource> CreateAsync(TestNamespace space)
    {
        var resource = new TestCustomResource(space);
        await space.Cluster.Client.ApiextensionsV1.CreateCustomResourceDefinitionAsync(resource.Definition());
        await TestCluster.EventuallyAsync("the custom resource is served", async () =>
        {
            try
            {
                await space.Cluster.Client.CustomObjects.ListNamespacedCustomObjectAsync(resource.Kind.Group, resource.Kind.Version, space.Name, resource.Kind.Plural);
                return (await space.Cluster.Client.ApiextensionsV1.ReadCustomResourceDefinitionAsync(resource.Name))
                    .Status.Conditions.Any(condition => condition is { Type: "Established", Status: "True" });
            }
            catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
            {
                return false;
            }
        });
        return resource;
    }

    /// <summary>Reports, as a controller of the kind would, how many of its pods, of which there is one, are new.</summary>
    public static async Task ReportAsync(TestWorkload workload, int updated) => await workload.PatchStatusAsync(new JsonObject
    {
        ["observedGeneration"] = (await workload.GetAsync()).At("metadata", "generation")!.GetValue<long>(),
        ["replicas"] = 1,
        ["updatedReplicas"] = updated,
        ["availableReplicas"] = 1,
    });

    public async ValueTask DisposeAsync() => await _space.Cluster.Client.ApiextensionsV1.DeleteCustomResourceDefinitionAsync(Name);

    private V1CustomResourceDefinition Definition() => new()
    {
        Metadata = new() { Name = Name },
        Spec = new()
        {
            Group = Kind.Group,
            Scope = "Namespaced",
            Names = new() { Plural = Kind.Plural, Kind = Kind.Kind },
            Versions =
            [
                new()
                {
                    Name = Kind.Version,
                    Served = true,
                    Storage = true,
                    Subresources = new() { Status = new object() },
                    Schema = new() { OpenAPIV3Schema = new() { Type = "object", XKubernetesPreserveUnknownFields = true } },
                },
            ],
        },
    };
}
