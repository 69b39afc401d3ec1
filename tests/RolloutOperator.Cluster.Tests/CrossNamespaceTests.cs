using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cluster.Tests;

/// <summary>Annotations that name sources of other namespaces, with leave and without.</summary>
public sealed class CrossNamespaceTests(Harness.Cluster cluster)
{
    private const string Key = "include.example.com/test";
    private const string Leave = "--allow-cross-namespace";

    private static readonly string PodSpec = PodSpecs.EnvFrom(SourceKind.ConfigMap, "config");

    [Fact]
    public async Task A_change_in_the_other_namespace_rolls_once_and_that_of_a_namesake_does_not()
    {
        await using var office = await SpaceAsync();
        await using var shop = await SpaceAsync();
        await office.SecretAsync("token", ("value", "one"));
        var workload = await IncludingAsync(shop, $"configmap/{office.Name}/shared, secret/{office.Name}/token");
        await shop.OperatorAsync([.. Both(shop, office), Leave]);
        var ledger = await workload.AdoptedAsync();
        Assert.Contains($"\"configmap/{office.Name}/shared\":\"", ledger, StringComparison.Ordinal);

        await shop.EditConfigMapAsync("shared", ("a", "another"));
        await office.EditConfigMapAsync("unrelated", ("a", "2"));
        await shop.FenceAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());

        await office.EditConfigMapAsync("shared", ("a", "2"));
        await workload.RolledAsync(1);
        await office.EditSecretAsync("token", ("value", "two"));
        await workload.RolledAsync(2);
        await shop.FenceAsync();
        Assert.Equal(2, await workload.TemplateChangesAsync());
        Assert.Equal($"secret/{office.Name}/token changed (value)", (await workload.GetAsync()).Text("metadata", "annotations", Names.ChangeCause));
        await Harness.Cluster.EventuallyAsync("an Event that names the namespace", async () => (await shop.NoticesAsync("app")).Any(
            e => e.Reason == "RolloutTriggered" && e.Note.StartsWith($"configmap/{office.Name}/shared changed (a)", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_changed_there_while_nobody_looked_rolls_once_and_what_goes_is_a_change()
    {
        await using var office = await SpaceAsync();
        await using var shop = await SpaceAsync();
        var workload = await IncludingAsync(shop, $"configmap/{office.Name}/shared");
        var running = await shop.OperatorAsync([.. Both(shop, office), Leave]);
        await workload.AdoptedAsync();
        await running.TerminateAsync();

        await office.EditConfigMapAsync("shared", ("a", "2"));
        await shop.OperatorAsync([.. Both(shop, office), Leave]);
        await workload.RolledAsync(1);
        await office.DeleteAsync(ResourceTypes.ConfigMaps, "shared");
        await workload.RolledAsync(2);
        await office.ConfigMapAsync("shared", ("a", "2"));
        await workload.RolledAsync(3);
    }

    [Fact]
    public async Task Without_leave_nothing_of_the_other_namespace_counts_and_an_Event_says_what_it_takes()
    {
        await using var office = await SpaceAsync();
        await using var shop = await SpaceAsync();
        await shop.ConfigMapAsync("read-by-api", ("a", "1"));
        var foreign = $"configmap/{office.Name}/shared";
        var workload = await IncludingAsync(shop, $"{foreign}, configmap/read-by-api");
        var running = await shop.OperatorAsync(Both(shop, office));
        var ledger = await workload.AdoptedAsync();
        Assert.DoesNotContain(office.Name, ledger, StringComparison.Ordinal);

        var note = await Harness.Cluster.EventuallyAsync(
            "an Event InvalidAnnotation",
            async () => (await shop.NoticesAsync("app")).Where(e => e.Reason == "InvalidAnnotation").Select(e => e.Note).SingleOrDefault());
        Assert.Contains($"{Names.Include} has \"{foreign}\"", note, StringComparison.Ordinal);
        Assert.Contains("only if the operator is started with --allow-cross-namespace", note, StringComparison.Ordinal);
        await running.LoggedAsync("Warning", foreign, Leave);

        await office.EditConfigMapAsync("shared", ("a", "2"));
        await office.FenceAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());
        await shop.EditConfigMapAsync("read-by-api", ("a", "2"));
        await workload.RolledAsync(1);
    }

    [Fact]
    public async Task Leave_that_is_given_or_withdrawn_rolls_nothing()
    {
        await using var office = await SpaceAsync();
        await using var shop = await SpaceAsync();
        var workload = await IncludingAsync(shop, $"configmap/{office.Name}/shared");
        var running = await shop.OperatorAsync(Both(shop, office));
        var without = await workload.AdoptedAsync();
        await running.TerminateAsync();

        running = await shop.OperatorAsync([.. Both(shop, office), Leave]);
        await workload.LedgerAsync("the source of the other namespace", ledger => ledger.Contains(office.Name, StringComparison.Ordinal));
        await running.TerminateAsync();

        await office.EditConfigMapAsync("shared", ("a", "2"));
        await shop.OperatorAsync(Both(shop, office));
        await workload.LedgerAsync("nothing of the other namespace", ledger => ledger == without);
        await shop.FenceAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task The_own_namespace_spelled_out_is_the_same_source_as_without_it()
    {
        await using var shop = await SpaceAsync();
        var workload = await IncludingAsync(shop, "configmap/shared");
        await shop.OperatorAsync("--namespace", shop.Name, Leave);
        var ledger = await workload.AdoptedAsync();

        await workload.AnnotateAsync(Names.Include, $"configmap/{shop.Name}/shared");
        await shop.FenceAsync();
        Assert.Equal(ledger, await workload.LedgerAsync());
        await shop.EditConfigMapAsync("shared", ("a", "2"));
        await workload.RolledAsync(1);
        Assert.Equal("configmap/shared changed (a)", (await workload.GetAsync()).Text("metadata", "annotations", Names.ChangeCause));

        await workload.AnnotateAsync(Names.Exclude, $"configmap/{shop.Name}/shared");
        await workload.LedgerAsync("the source no more", now => !now.Contains("configmap/shared", StringComparison.Ordinal));
        await shop.EditConfigMapAsync("shared", ("a", "3"));
        await shop.FenceAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_source_of_another_namespace_can_be_taken_away_again()
    {
        await using var office = await SpaceAsync();
        await using var shop = await SpaceAsync();
        var workload = await IncludingAsync(shop, $"configmap/{office.Name}/shared, configmap/{office.Name}/unrelated");
        await workload.AnnotateAsync(Names.Exclude, $"configmap/{office.Name}/shared, configmap/unrelated");
        await shop.OperatorAsync([.. Both(shop, office), Leave]);
        await workload.AdoptedAsync();
        await office.EditConfigMapAsync("shared", ("a", "2"));
        await office.FenceAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());
        await office.EditConfigMapAsync("unrelated", ("a", "2"));
        await workload.RolledAsync(1);
    }

    [Fact]
    public async Task A_namespace_that_is_not_watched_blocks_instead_of_going_unheard()
    {
        await using var office = await SpaceAsync();
        await using var shop = await SpaceAsync();
        var workload = await IncludingAsync(shop, $"configmap/{office.Name}/shared");
        var running = await shop.OperatorAsync("--namespace", shop.Name, Leave);
        await BlockedAsync(shop, office);
        Assert.Null(await workload.LedgerAsync());
        await Harness.Cluster.EventuallyAsync(
            "it is counted", async () => await running.MetricAsync("rollout_operator_stale_workloads{reason=\"blocked\"}") == 1);
        await shop.FenceAsync();
        await running.TerminateAsync();

        await shop.OperatorAsync([.. Both(shop, office), Leave]);
        await workload.AdoptedAsync();
        await office.EditConfigMapAsync("shared", ("a", "2"));
        await workload.RolledAsync(1);
    }

    [Fact]
    public async Task A_namespace_counts_for_others_while_the_selector_finds_it()
    {
        await using var office = await SpaceAsync();
        await using var shop = await SpaceAsync();
        await shop.LabelAsync(Key, shop.Name);
        var workload = await IncludingAsync(shop, $"configmap/{office.Name}/shared");
        var running = await shop.OperatorAsync("--namespace-selector", $"{Key}={shop.Name}", Leave);
        await BlockedAsync(shop, office);

        await office.LabelAsync(Key, shop.Name);
        await workload.AdoptedAsync();
        await office.EditConfigMapAsync("shared", ("a", "2"));
        await workload.RolledAsync(1);

        await office.LabelAsync(Key, null);
        await Harness.Cluster.EventuallyAsync(
            "it is blocked again", async () => await running.MetricAsync("rollout_operator_blocked_workloads") == 1);
        await office.EditConfigMapAsync("shared", ("a", "3"));
        await shop.FenceAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
        await running.ReadyAsync();

        await office.LabelAsync(Key, shop.Name);
        await workload.RolledAsync(2);
    }

    private static string[] Both(TestNamespace one, TestNamespace other) => ["--namespace", one.Name, "--namespace", other.Name];

    private static async Task<TestWorkload> IncludingAsync(TestNamespace space, string include)
    {
        var workload = await space.DeployAsync("app", PodSpec);
        await workload.AnnotateAsync(Names.Include, include);
        return workload;
    }

    private static async Task BlockedAsync(TestNamespace space, TestNamespace other)
    {
        var note = await Harness.Cluster.EventuallyAsync(
            "an Event Blocked",
            async () => (await space.NoticesAsync("app")).Where(e => e.Reason == "Blocked").Select(e => e.Note).FirstOrDefault());
        Assert.StartsWith(
            $"No rollout while configmap/{other.Name}/shared is not watched: namespace {other.Name} is none of those that the operator watches; start it", note, StringComparison.Ordinal);
    }

    private async Task<TestNamespace> SpaceAsync()
    {
        var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.ConfigMapAsync("shared", ("a", "1"));
        await space.ConfigMapAsync("unrelated", ("a", "1"));
        return space;
    }
}
