using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>The ways to enrol a workload, and to opt out again.</summary>
public sealed class EnrolmentWaysTests(TestCluster cluster)
{
    private static readonly string PodSpec = PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting");

    [Fact]
    public async Task A_workload_selector_replaces_the_label()
    {
        await using var space = await SpaceAsync(("team", "shop"));
        var (found, labelled, optedOut) = (
            await space.DeployAsync("found", PodSpec), await space.DeployAsync("labelled", PodSpec, enrolled: false), await space.DeployAsync("opted-out", PodSpec));
        await labelled.LabelAsync(Names.Enabled, "true");
        await optedOut.LabelAsync(Names.Enabled, "false");
        await space.OperatorAsync("--workload-selector", "team in (shop, office)");
        await found.AdoptedAsync();

        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await found.RolledAsync(1);
        await space.CatchUpAsync();

        await UntouchedAsync(labelled);
        await UntouchedAsync(optedOut);
    }

    [Fact]
    public async Task With_auto_everything_is_enrolled_that_does_not_opt_out()
    {
        await using var space = await SpaceAsync();
        var (plain, optedOut) = (await space.DeployAsync("plain", PodSpec, enrolled: false), await space.DeployAsync("opted-out", PodSpec, enrolled: false));
        await optedOut.LabelAsync(Names.Enabled, "false");
        await space.OperatorAsync("--auto");
        await plain.AdoptedAsync();

        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await plain.RolledAsync(1);
        await space.CatchUpAsync();

        await UntouchedAsync(optedOut);
    }

    [Theory]
    [InlineData(null, new string[0])]
    [InlineData("false", new string[0])]
    [InlineData("false", new[] { "--auto" })]
    public async Task A_workload_that_opts_out_is_unchanged_and_rolls_missed_changes_when_back(string? label, string[] arguments)
    {
        await using var space = await SpaceAsync();
        var workload = await space.DeployAsync("app", PodSpec);
        await space.OperatorAsync(arguments);
        await workload.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        var ledger = await workload.LedgerAsync("a ledger of the rollout", l => l.Contains("\"rollout\":1", StringComparison.Ordinal));

        await workload.LabelAsync(Names.Enabled, label);
        await space.CatchUpAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Servus"));
        await space.CatchUpAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
        Assert.Equal(ledger, await workload.LedgerAsync());
        Assert.Equal("1", (await workload.GetAsync()).Text("spec", "template", "metadata", "annotations", Names.Rollout));

        await workload.LabelAsync(Names.Enabled, "true");
        await workload.RolledAsync(2);
    }

    [Fact]
    public async Task A_workload_that_opts_out_and_back_without_a_change_does_not_roll()
    {
        await using var space = await SpaceAsync();
        var workload = await space.DeployAsync("app", PodSpec);
        await space.OperatorAsync();
        var ledger = await workload.AdoptedAsync();

        await workload.LabelAsync(Names.Enabled, null);
        await space.CatchUpAsync();
        await workload.LabelAsync(Names.Enabled, "true");
        await space.CatchUpAsync();

        Assert.Equal(0, await workload.TemplateChangesAsync());
        Assert.Equal(ledger, await workload.LedgerAsync());
    }

    private static async Task UntouchedAsync(TestWorkload workload)
    {
        Assert.Equal(0, await workload.TemplateChangesAsync());
        Assert.Null(await workload.LedgerAsync());
    }

    private async Task<TestNamespace> SpaceAsync((string Key, string Value)? label = null)
    {
        var space = await cluster.NamespaceAsync(label ?? (Names.Enabled, "true"));
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        return space;
    }
}
