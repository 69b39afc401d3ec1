using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>Annotations that name sources of other namespaces, with and without the flag that allows it.</summary>
public sealed class CrossNamespaceTests(TestCluster cluster)
{
    private const string Key = "include.example.com/test";
    private const string Flag = "--allow-cross-namespace";

    private static readonly string PodSpec = PodSpecs.EnvFrom(SourceKind.ConfigMap, "config");

    [Fact]
    public async Task Rolls_once_for_a_source_of_another_namespace_and_not_for_its_namesake()
    {
        await using var office = await SpaceAsync();
        await using var shop = await SpaceAsync();
        await office.SecretAsync("token", ("value", "one"));
        var workload = await IncludingAsync(shop, $"configmap/{office.Name}/shared, secret/{office.Name}/token");
        await shop.OperatorAsync([.. Both(shop, office), Flag]);
        var ledger = await workload.AdoptedAsync();
        Assert.Contains($"\"configmap/{office.Name}/shared\":\"", ledger, StringComparison.Ordinal);

        await shop.EditConfigMapAsync("shared", ("a", "another"));
        await office.EditConfigMapAsync("unrelated", ("a", "2"));
        await shop.CatchUpAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());

        await office.EditConfigMapAsync("shared", ("a", "2"));
        await workload.RolledAsync(1);
        await office.EditSecretAsync("token", ("value", "two"));
        await workload.RolledAsync(2);
        await shop.CatchUpAsync();
        Assert.Equal(2, await workload.TemplateChangesAsync());
        Assert.Equal($"secret/{office.Name}/token changed (value)", await workload.AnnotationAsync(Names.ChangeCause));
        await shop.EventAsync("app", "RolloutTriggered", note => note.StartsWith($"configmap/{office.Name}/shared changed (a)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_change_in_another_namespace_during_downtime_rolls_once()
    {
        await using var office = await SpaceAsync();
        await using var shop = await SpaceAsync();
        var workload = await IncludingAsync(shop, $"configmap/{office.Name}/shared");
        var running = await shop.OperatorAsync([.. Both(shop, office), Flag]);
        await workload.AdoptedAsync();
        await running.TerminateAsync();

        await office.EditConfigMapAsync("shared", ("a", "2"));
        await shop.OperatorAsync([.. Both(shop, office), Flag]);
        await workload.RolledAsync(1);
        await office.DeleteConfigMapAsync("shared");
        await workload.RolledAsync(2);
        await office.ConfigMapAsync("shared", ("a", "2"));
        await workload.RolledAsync(3);
    }

    [Fact]
    public async Task Without_the_flag_another_namespace_is_ignored_and_an_Event_names_the_flag()
    {
        await using var office = await SpaceAsync();
        await using var shop = await SpaceAsync();
        await shop.ConfigMapAsync("read-by-api", ("a", "1"));
        var foreign = $"configmap/{office.Name}/shared";
        var workload = await IncludingAsync(shop, $"{foreign}, configmap/read-by-api");
        var running = await shop.OperatorAsync(Both(shop, office));
        var ledger = await workload.AdoptedAsync();
        Assert.DoesNotContain(office.Name, ledger, StringComparison.Ordinal);

        var note = await shop.EventAsync("app", "InvalidAnnotation");
        Assert.Contains($"{Names.Include} has \"{foreign}\"", note, StringComparison.Ordinal);
        Assert.Contains("only if the operator is started with --allow-cross-namespace", note, StringComparison.Ordinal);
        await running.WarnedAsync(foreign, Flag);

        await office.EditConfigMapAsync("shared", ("a", "2"));
        await office.CatchUpAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());
        await shop.EditConfigMapAsync("read-by-api", ("a", "2"));
        await workload.RolledAsync(1);
    }

    [Fact]
    public async Task Toggling_the_cross_namespace_flag_rolls_nothing()
    {
        await using var office = await SpaceAsync();
        await using var shop = await SpaceAsync();
        var workload = await IncludingAsync(shop, $"configmap/{office.Name}/shared");
        var running = await shop.OperatorAsync(Both(shop, office));
        var without = await workload.AdoptedAsync();
        await running.TerminateAsync();

        running = await shop.OperatorAsync([.. Both(shop, office), Flag]);
        await workload.LedgerAsync("the source of the other namespace", ledger => ledger.Contains(office.Name, StringComparison.Ordinal));
        await running.TerminateAsync();

        await office.EditConfigMapAsync("shared", ("a", "2"));
        await shop.OperatorAsync(Both(shop, office));
        await workload.LedgerAgainAsync(without);
        await shop.CatchUpAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task The_workloads_own_namespace_may_be_written_out()
    {
        await using var shop = await SpaceAsync();
        var workload = await IncludingAsync(shop, "configmap/shared");
        await shop.OperatorAsync("--namespace", shop.Name, Flag);
        var ledger = await workload.AdoptedAsync();

        await workload.AnnotateAsync(Names.Include, $"configmap/{shop.Name}/shared");
        await shop.CatchUpAsync();
        Assert.Equal(ledger, await workload.LedgerAsync());
        await shop.EditConfigMapAsync("shared", ("a", "2"));
        await workload.RolledAsync(1);
        Assert.Equal("configmap/shared changed (a)", await workload.AnnotationAsync(Names.ChangeCause));

        await workload.AnnotateAsync(Names.Exclude, $"configmap/{shop.Name}/shared");
        await workload.LedgerAsync("the source no more", now => !JsonNode.Parse(now).At("sources")!.AsObject().ContainsKey("configmap/shared"));
        await shop.EditConfigMapAsync("shared", ("a", "3"));
        await shop.CatchUpAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_source_of_another_namespace_can_be_excluded_again()
    {
        await using var office = await SpaceAsync();
        await using var shop = await SpaceAsync();
        var workload = await IncludingAsync(shop, $"configmap/{office.Name}/shared, configmap/{office.Name}/unrelated");
        await workload.AnnotateAsync(Names.Exclude, $"configmap/{office.Name}/shared, configmap/unrelated");
        await shop.OperatorAsync([.. Both(shop, office), Flag]);
        await workload.AdoptedAsync();
        await office.EditConfigMapAsync("shared", ("a", "2"));
        await office.CatchUpAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());
        await office.EditConfigMapAsync("unrelated", ("a", "2"));
        await workload.RolledAsync(1);
    }

    [Fact]
    public async Task A_source_of_an_unwatched_namespace_is_told_and_the_others_are_followed()
    {
        await using var office = await SpaceAsync();
        await using var shop = await SpaceAsync();
        var workload = await IncludingAsync(shop, $"configmap/{office.Name}/shared");
        var running = await shop.OperatorAsync("--namespace", shop.Name, Flag);
        await NotFollowedAsync(shop, office);
        await workload.AdoptedAsync();
        await office.EditConfigMapAsync("shared", ("a", "0"));
        await shop.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        await running.TerminateAsync();

        await shop.OperatorAsync([.. Both(shop, office), Flag]);
        await workload.LedgerAsync("the source", ledger => ledger.Contains("/shared", StringComparison.Ordinal));
        await office.EditConfigMapAsync("shared", ("a", "2"));
        await workload.RolledAsync(2);
    }

    [Fact]
    public async Task Sources_of_another_namespace_count_while_the_selector_matches_it()
    {
        await using var office = await SpaceAsync();
        await using var shop = await SpaceAsync();
        await shop.LabelAsync(Key, shop.Name);
        var workload = await IncludingAsync(shop, $"configmap/{office.Name}/shared");
        var running = await shop.OperatorAsync("--namespace-selector", $"{Key}={shop.Name}", Flag);
        await NotFollowedAsync(shop, office);
        await workload.AdoptedAsync();

        await office.LabelAsync(Key, shop.Name);
        await workload.LedgerAsync("the source", ledger => ledger.Contains("/shared", StringComparison.Ordinal));
        await office.EditConfigMapAsync("shared", ("a", "2"));
        await workload.RolledAsync(1);

        await office.LabelAsync(Key, null);
        await shop.CatchUpAsync();
        await office.EditConfigMapAsync("shared", ("a", "3"));
        await shop.CatchUpAsync();
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

    private static async Task NotFollowedAsync(TestNamespace space, TestNamespace other)
    {
        var note = await space.EventAsync("app", "SourceNotFollowed");
        Assert.StartsWith(
            $"Not followed, so changes of it roll nothing: configmap/{other.Name}/shared is not watched: namespace {other.Name} is none of those that the operator watches; start it", note, StringComparison.Ordinal);
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
