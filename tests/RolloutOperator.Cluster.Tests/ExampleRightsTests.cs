using System.Net;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;
using RolloutOperator.FaultProxy;

namespace RolloutOperator.Cluster.Tests;

/// <summary>The examples grant exactly the permissions that the operator uses.</summary>
[Collection(ClusterWide.Name)]
public sealed class ExampleRightsTests(TestCluster cluster)
{
    private const string Key = "rights.example.com/test";

    private static readonly string PodSpec = PodSpecs.EnvFrom(SourceKind.ConfigMap, "config", SourceKind.Secret, "secret");

    // No registry is asked about this tag before the credentials are known.
    private static readonly string Imaged = """{"containers": [{"name": "app", "image": "registry.invalid/app:latest"}]}""";

    [Theory]
    [InlineData("rbac.yaml")]
    [InlineData("rbac-namespaced.yaml")]
    public async Task With_the_example_roles_nothing_is_forbidden_and_every_permission_is_used(string example)
    {
        await using var home = await cluster.NamespaceAsync();
        await using var space = await cluster.NamespaceAsync(Key, null);
        var needed = Permission.OfOperator(home, example == "rbac.yaml" ? [] : [space.Name]);
        await using var account = await ExampleAccount.ApplyAsync(home, space, example, needed);

        // The Lease is read when its watch is late.
        await using var proxy = await ApiFaultProxy.StartAsync(await account.KubeconfigAsync());
        proxy.Plan.Add(request => request is { Verb: "list", Resource: "leases" }, new Fault.Await(_ => TestCluster.EventuallyAsync(
            "the Lease is read", () => Task.FromResult(proxy.Requests.Any(made => made is { Verb: "get", Resource: "leases" })))));
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.SecretAsync("secret", ("password", "first"));
        var workloads = new List<TestWorkload>();
        foreach (var kind in WorkloadKinds.BuiltIn.Rows)
        {
            workloads.Add(await space.DeployAsync(kind, "app", PodSpec));
        }

        await space.DeployAsync("imaged", Imaged);
        await (await space.DeployAsync("accounted", PodSpec)).AnnotateAsync(Names.Include, "serviceaccount/default");
        string[] where = example == "rbac.yaml" ? ["--exclude-namespace", "no-such-namespace"] : ["--namespace", space.Name];
        var running = await home.OperatorAsync(
            ["--kubeconfig", await home.FileAsync("kubeconfig-proxy", proxy.Kubeconfig), "--workload-selector", $"{Key}={space.Name}", .. where]);
        await EachAsync(workloads, workload => workload.AdoptedAsync());
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await EachAsync(workloads, workload => workload.RolledAsync(1));
        await space.EditSecretAsync("secret", ("password", "second"));
        await EachAsync(workloads, workload => workload.RolledAsync(2));
        await space.EventuallyAsync("Events on all kinds", async () => (await space.EventReasonsAsync("app")).Count(reason => reason == "RolloutTriggered") == 6);
        Assert.True(await running.LeadsAsync());
        if (example == "rbac.yaml")
        {
            var plain = await space.DeployAsync("plain", PodSpec, enrolled: false);
            await space.LabelAsync(Names.Enabled, "true");
            await plain.AdoptedAsync();
        }

        await UsedAsync(proxy, needed);
        Assert.DoesNotContain(proxy.Requests, made => made.Status == (int)HttpStatusCode.Forbidden);
        Assert.All(Made(proxy).Where(made => made.Resource != "selfsubjectaccessreviews"), made => Assert.NotNull(For(made, needed)));
        Assert.Equal(0, await running.MetricAsync("rest_client_requests_total{code=\"403\""));
        Assert.Empty(running.Permissions("Missing permission"));
    }

    private static async Task EachAsync(IEnumerable<TestWorkload> workloads, Func<TestWorkload, Task> act)
    {
        foreach (var workload in workloads)
        {
            await act(workload);
        }
    }

    // Some requests come at intervals, such as the renewal of the Lease, and some when everything else is done.
    private static async Task UsedAsync(ApiFaultProxy proxy, Permission[] needed)
    {
        var unused = needed;
        try
        {
            await TestCluster.EventuallyAsync("every right is used", () => Task.FromResult((unused = [.. unused.Except(Used(proxy, needed))]).Length == 0));
        }
        catch (TimeoutException)
        {
            Assert.Empty(unused);
        }
    }

    private static IEnumerable<Permission> Used(ApiFaultProxy proxy, Permission[] needed) => Made(proxy).Select(made => For(made, needed)).OfType<Permission>();

    // What is no resource, such as /version, needs no permission.
    private static IEnumerable<Permission> Made(ApiFaultProxy proxy) => proxy.Requests.Where(made => made.Resource.Length > 0)
        .Select(made => new Permission(made.Verb, made.Group, made.Resource, made.Namespace, made.Name));

    // A request uses the narrowest permission that allows it.
    private static Permission? For(Permission asked, Permission[] needed) => needed
        .Where(right => (right.Verb, right.Group, right.Resource) == (asked.Verb, asked.Group, asked.Resource)
            && (right.Namespace is null || right.Namespace == asked.Namespace) && (right.Name is null || right.Name == asked.Name))
        .OrderByDescending(right => right.Name is not null).ThenByDescending(right => right.Namespace is not null)
        .FirstOrDefault();
}
