using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests.Transcripts;

/// <summary>
/// The shop of examples/shop.yaml in a namespace of its own name, with an operator in the namespace where people install it,
/// and somebody with the rights of examples/rbac-people-namespaced.yaml. Commands are asked when nothing moves any more.
/// </summary>
internal sealed class Shop : IAsyncDisposable
{
    private const string Space = "shop";
    private const string Home = "rollout-operator";
    private const string Person = "jane";
    private const string Mark = "example.com/made-by-a-test";

    // The digests of Secrets are the same in each run.
    private static readonly byte[] DigestKey = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    private readonly TestNamespace _space;
    private readonly TestNamespace _home;
    private readonly FakeKubelet _kubelet;
    private readonly Dictionary<string, TestWorkload> _workloads = [];
    private string _folder = "";
    private string _kubeconfig = "";

    private Shop(TestNamespace space, TestNamespace home) => (_space, _home, _kubelet) = (space, home, new(space));

    private TestCluster Cluster => _space.Cluster;

    /// <summary>Makes the namespaces and what is in them.</summary>
    public static async Task<Shop> OpenAsync(TestCluster cluster)
    {
        var shop = new Shop(await FreshAsync(cluster, Space), await FreshAsync(cluster, Home));
        foreach (var file in (string[])["shop.yaml", "shop-change.yaml", "rbac-people-namespaced.yaml"])
        {
            shop._folder = Path.GetDirectoryName(await shop._space.FileAsync(file, Pending(Repository.Read("examples", file))))!;
        }

        await File.WriteAllBytesAsync(Path.Combine(shop._folder, "key"), DigestKey);
        await shop._home.SecretAsync(new V1Secret { Metadata = new() { Name = "rollout-operator-digest-key" }, Data = new Dictionary<string, byte[]> { ["key"] = DigestKey } });
        await cluster.KubectlAsync("apply", "-f", Path.Combine(shop._folder, "shop.yaml"), "-f", Path.Combine(shop._folder, "rbac-people-namespaced.yaml"));
        foreach (var (kind, name) in new[] { (WorkloadKind.Deployment, "storefront"), (WorkloadKind.Deployment, "basket"), (WorkloadKind.StatefulSet, "orders"), (WorkloadKind.Deployment, "newsletter") })
        {
            shop._workloads[name] = await TestWorkload.FoundAsync(shop._space, kind, name);
        }

        await shop.AdmitAsync();
        return shop;
    }

    /// <summary>Starts the operator, and waits until it has adopted everything.</summary>
    public async Task RunOperatorAsync()
    {
        // It stands for the operator that runs beside it.
        var deployment = await _home.DeployAsync("rollout-operator", """
            {"serviceAccountName": "rollout-operator", "containers": [
                {"name": "operator", "image": "registry.example.com/rollout-operator:0.1.0", "args": ["run", "--namespace=shop"]}]}
            """, enrolled: false);
        await Cluster.Client.CoreV1.CreateNamespacedServiceAccountAsync(new V1ServiceAccount { Metadata = new() { Name = "rollout-operator" } }, Home);
        await deployment.LabelAsync("app.kubernetes.io/name", "rollout-operator");
        await new FakeKubelet(_home).UntilAsync(deployment, ("readyReplicas", 1));
        await AllPodsAsync();
        var running = await _home.OperatorAsync("--namespace", Space, "--identity", "rollout-operator-6d4cf56db6-x2x5v");
        await TestCluster.EventuallyAsync("it leads", running.LeadsAsync);
        await Task.WhenAll(new[] { "storefront", "basket", "orders" }.Select(name => _workloads[name].AdoptedAsync()));
        await _space.EventAsync("newsletter", "Blocked");
    }

    /// <summary>Edits what the storefront and the basket read, and waits until they have been rolled.</summary>
    public async Task EditConfigAsync()
    {
        await _space.EditConfigMapAsync("shop-config", ("log-level", "debug"));
        foreach (var name in (string[])["storefront", "basket"])
        {
            await _workloads[name].RolledAsync(1);
            await _space.EventAsync(name, "RolloutTriggered");
            await _kubelet.UntilEventAsync(name, "RolloutComplete");
        }

        await AllPodsAsync();
    }

    /// <summary>Edits what the paused workload reads, and waits until the operator says that it holds the rollout.</summary>
    public async Task EditOrdersAsync()
    {
        await _space.EditConfigMapAsync("orders-config", ("orders.toml", "batch = 50\n"));
        await _space.EventAsync("orders", "RolloutHeld", WorkloadKind.StatefulSet);
    }

    /// <summary>Asks as the person does, and takes out of the answer what differs in each run.</summary>
    public async Task<CliResult> AskAsync(string[] command)
    {
        string[] arguments = [.. command.Select(each => each.StartsWith("examples/", StringComparison.Ordinal) || each == "key" ? Path.Combine(_folder, Path.GetFileName(each)) : each)];
        var result = await CliProcess.ExecuteAsync([.. arguments, .. command[0] == "checksum" ? (string[])[] : ["--kubeconfig", _kubeconfig]]);
        var stable = new StableText(Cluster.Client.BaseUri.GetLeftPart(UriPartial.Authority), _folder, await VersionsAsync());
        return result with { Output = stable.Of(result.Output), Error = stable.Of(result.Error) };
    }

    public async ValueTask DisposeAsync()
    {
        await _home.DisposeAsync();
        await _space.DisposeAsync();
    }

    // One that a run before left is deleted. Others belong to somebody.
    private static async Task<TestNamespace> FreshAsync(TestCluster cluster, string name)
    {
        await TestCluster.EventuallyAsync($"there is no namespace {name} any more", async () =>
        {
            try
            {
                var found = await cluster.Client.CoreV1.ReadNamespaceAsync(name);
                Assert.SkipUnless(found.Status.Phase == "Terminating" || found.Labels()?.ContainsKey(Mark) == true, $"the cluster has a namespace {name}");
                await cluster.Client.CoreV1.DeleteNamespaceAsync(name);
                return false;
            }
            catch (HttpOperationException e) when (e.Response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
            {
                return e.Response.StatusCode == HttpStatusCode.NotFound;
            }
        });
        var space = await cluster.NamespaceAsync(name);
        await space.LabelAsync(Mark, "true");
        return space;
    }

    // No node takes the pods, so that they are what FakeKubelet says. The namespace is there already.
    private static string Pending(string objects) => string.Join("---\n", objects.Split("---\n").Where(each => !each.Contains("kind: Namespace", StringComparison.Ordinal)))
        .Replace("\n      containers:\n", "\n      nodeSelector: {\"example.com/no-such-node\": \"true\"}\n      containers:\n", StringComparison.Ordinal);

    // The rights of the file, and what pause takes.
    private async Task AdmitAsync()
    {
        await Cluster.Client.CoreV1.CreateNamespacedServiceAccountAsync(new V1ServiceAccount { Metadata = new() { Name = Person } }, Space);
        await _space.KubectlAsync("create", "role", "pause", "--verb=patch", "--resource=statefulsets.apps");
        await _space.KubectlAsync("create", "rolebinding", Person + "-pauses", "--role=pause", $"--serviceaccount={Space}:{Person}");
        await _space.KubectlAsync("create", "rolebinding", Person, "--role=rollout-operator-ask", $"--serviceaccount={Space}:{Person}");
        await _home.KubectlAsync("create", "rolebinding", Person, "--role=rollout-operator-ask", $"--serviceaccount={Space}:{Person}");
        await TestAccount.AuthorizedAsync(_space, Person,
        [
            new("patch", "apps", "statefulsets", Space), new("list", "", "events", Space), new("get", "", "secrets", Home, "rollout-operator-digest-key"),
        ]);
        _kubeconfig = await TestAccount.KubeconfigOfAsync(_space, Person);
    }

    private async Task AllPodsAsync()
    {
        foreach (var (name, pods) in new[] { ("storefront", 2), ("basket", 1), ("newsletter", 1) })
        {
            await _kubelet.UntilAsync(_workloads[name], ("replicas", pods), ("updatedReplicas", pods), ("availableReplicas", pods), ("unavailableReplicas", 0));
        }

        await _kubelet.UntilAsync(_workloads["orders"], ("replicas", 1), ("readyReplicas", 1), ("updatedReplicas", 1));
    }

    private async Task<IEnumerable<string>> VersionsAsync()
    {
        var core = Cluster.Client.CoreV1;
        V1ConfigMap[] read = [await core.ReadNamespacedConfigMapAsync("shop-config", Space), await core.ReadNamespacedConfigMapAsync("orders-config", Space)];
        return [.. read.Select(each => each.Metadata.ResourceVersion), (await core.ReadNamespacedSecretAsync("payment", Space)).Metadata.ResourceVersion];
    }
}
