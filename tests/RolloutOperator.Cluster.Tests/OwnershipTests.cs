using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>The operator owns nothing that somebody else may want to set, so that nobody's apply conflicts with it.</summary>
public sealed class OwnershipTests(TestCluster cluster)
{
    public enum Tool
    {
        KubectlServerSide,
        KubectlClientSide,
        Helm,
    }

    private static readonly string PodSpec = PodSpecs.EnvFrom(SourceKind.ConfigMap, "config");

    /// <param name="tool">Who applies.</param>
    /// <param name="first">Whether the manifest says a change cause before the first rollout.</param>
    /// <param name="later">Whether it does during and after it.</param>
    [Theory]
    [InlineData(Tool.KubectlServerSide, false, true)]
    [InlineData(Tool.KubectlServerSide, true, true)]
    [InlineData(Tool.KubectlServerSide, false, false)]
    [InlineData(Tool.KubectlServerSide, true, false)]
    [InlineData(Tool.KubectlClientSide, false, true)]
    [InlineData(Tool.KubectlClientSide, true, true)]
    [InlineData(Tool.KubectlClientSide, false, false)]
    [InlineData(Tool.Helm, false, true)]
    [InlineData(Tool.Helm, true, true)]
    [InlineData(Tool.Helm, false, false)]
    public async Task An_apply_before_during_and_after_a_rollout_succeeds(Tool tool, bool first, bool later)
    {
        await using var space = await cluster.NamespaceAsync();
        var kubelet = new FakeKubelet(space);
        await space.ConfigMapAsync("config", ("level", "A"));
        await ApplyAsync(space, tool, 1, first);
        var workload = await TestWorkload.FoundAsync(space, WorkloadKind.Deployment, "app");
        await space.OperatorAsync();
        await workload.AdoptedAsync();
        await kubelet.UntilAsync(workload, ("availableReplicas", 1));

        await space.EditConfigMapAsync("config", ("level", "B"));
        await workload.RolledAsync(1);
        Assert.Equal(first ? "release 1" : "configmap/config changed (level)", await workload.AnnotationAsync(Names.ChangeCause));
        await OwnsOnlyItsOwnAsync(space, workload);
        await ApplyAsync(space, tool, 2, later);
        Assert.Equal("app:2", (await workload.GetAsync()).At("spec", "template", "spec", "containers")![0].Text("image"));
        await workload.RolledAsync(2);

        await space.EditConfigMapAsync("config", ("level", "C"));
        await workload.RolledAsync(3);
        await OwnsOnlyItsOwnAsync(space, workload);
        await kubelet.UntilEventAsync("app", "RolloutComplete");
        await ApplyAsync(space, tool, 3, later);
        Assert.Equal("app:3", (await workload.GetAsync()).At("spec", "template", "spec", "containers")![0].Text("image"));
        Assert.Equal(later ? "release 3" : "configmap/config changed (level)", await workload.AnnotationAsync(Names.ChangeCause));
        await space.CatchUpAsync();

        Assert.Equal(4, await workload.TemplateChangesAsync());
        await OwnsOnlyItsOwnAsync(space, workload);
    }

    [Fact]
    public async Task The_history_of_each_kind_shows_the_cause_though_nobody_owns_it()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("level", "A"));
        var workloads = await Task.WhenAll(WorkloadKinds.BuiltIn.Rows.Select(kind => space.DeployAsync(kind, "app", PodSpec)));
        await space.OperatorAsync();
        await Task.WhenAll(workloads.Select(workload => workload.AdoptedAsync()));
        await space.EditConfigMapAsync("config", ("level", "B"));
        foreach (var workload in workloads)
        {
            await workload.RolledAsync(1);
            await OwnsOnlyItsOwnAsync(space, workload);
            await workload.ObservedAsync();
            await space.EventuallyAsync(
                $"the history of the {workload.Kind.Kind} shows the cause",
                async () => (await space.KubectlAsync("rollout", "history", $"{workload.Kind.Kind}/app")).Contains("configmap/config changed (level)", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_cause_that_an_earlier_version_still_owns_is_given_up_at_the_start()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await space.DeployAsync("app", PodSpec);
        await space.KubectlAsync("annotate", "deployment/app", $"{Names.ChangeCause}=configmap/config changed (level)", "--field-manager", Names.FieldManager);
        Assert.Contains("f:" + Names.ChangeCause, Owned(await workload.GetAsync()));

        // Without a ledger, the change cause is all that it owns.
        await space.OperatorAsync();
        await OwnsOnlyItsOwnAsync(space, workload);
        await space.EventAsync("app", "Blocked");
        Assert.Null(await workload.LedgerAsync());

        await space.ConfigMapAsync("config", ("level", "A"));
        await workload.AdoptedAsync();
        await OwnsOnlyItsOwnAsync(space, workload);
        Assert.Equal("configmap/config changed (level)", await workload.AnnotationAsync(Names.ChangeCause));
    }

    private static Task OwnsOnlyItsOwnAsync(TestNamespace space, TestWorkload workload) => space.EventuallyAsync(
        $"the operator owns nothing of {workload.Name} but what has its prefix",
        async () => Owned(await workload.GetAsync()) is { Count: > 0 } owned && owned.All(field => field.StartsWith("f:" + Names.Prefix, StringComparison.Ordinal)));

    // The names of the fields, without those that contain them.
    private static List<string> Owned(JsonObject workload)
    {
        var owned = new List<string>();
        foreach (var entry in workload.At("metadata", "managedFields")!.AsArray().Where(entry => entry.Text("manager") == Names.FieldManager))
        {
            Add(entry.At("fieldsV1")!.AsObject());
        }

        return owned;

        void Add(JsonObject fields)
        {
            foreach (var (name, inner) in fields.Where(field => field.Key != "."))
            {
                if (inner!.AsObject() is { Count: > 0 } more)
                {
                    Add(more);
                }
                else
                {
                    owned.Add(name);
                }
            }
        }
    }

    private static async Task ApplyAsync(TestNamespace space, Tool tool, int release, bool hasCause)
    {
        var metadata = new JsonObject { ["name"] = "app", ["labels"] = Json.Strings((Names.Enabled, "true")) };
        if (hasCause)
        {
            metadata["annotations"] = Json.Strings((Names.ChangeCause, $"release {release}"));
        }

        var pods = JsonNode.Parse(PodSpec)!;
        pods["nodeSelector"] = Json.Strings(("example.com/no-such-node", "true"));
        pods["containers"]![0]!["image"] = $"app:{release}";
        var labels = Json.Strings(("app", "app"));
        var manifest = new JsonObject
        {
            ["apiVersion"] = "apps/v1",
            ["kind"] = "Deployment",
            ["metadata"] = metadata,
            ["spec"] = new JsonObject
            {
                ["selector"] = new JsonObject { ["matchLabels"] = labels.DeepClone() },
                ["template"] = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = labels }, ["spec"] = pods },
            },
        }.ToJsonString();
        if (tool == Tool.Helm)
        {
            await space.FileAsync("chart/Chart.yaml", """{"apiVersion": "v2", "name": "app", "version": "1.0.0"}""");
            var file = await space.FileAsync("chart/templates/app.yaml", manifest);
            await space.Cluster.HelmAsync("upgrade", "--install", "app", Path.GetFullPath("../..", file), "--namespace", space.Name);
            return;
        }

        await space.KubectlAsync(
            ["apply", "-f", await space.FileAsync("app.json", manifest), .. tool == Tool.KubectlServerSide ? (string[])["--server-side", "--field-manager", "ci"] : []]);
    }
}
