using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;

namespace RolloutOperator.Cluster.Tests;

/// <summary>The ways to be enrolled, and out of each of them again.</summary>
public sealed class EnrolmentWaysTests(Harness.Cluster cluster)
{
    private static readonly string PodSpec = PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting");

    [Fact]
    public async Task A_selector_of_ones_own_takes_the_place_of_the_label()
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
        await space.FenceAsync();

        await UntouchedAsync(labelled);
        await UntouchedAsync(optedOut);
    }

    [Fact]
    public async Task Auto_takes_everything_that_does_not_opt_out()
    {
        await using var space = await SpaceAsync();
        var (plain, optedOut) = (await space.DeployAsync("plain", PodSpec, enrolled: false), await space.DeployAsync("opted-out", PodSpec, enrolled: false));
        await optedOut.LabelAsync(Names.Enabled, "false");
        await space.OperatorAsync("--auto");
        await plain.AdoptedAsync();

        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await plain.RolledAsync(1);
        await space.FenceAsync();

        await UntouchedAsync(optedOut);
    }

    [Theory]
    [InlineData(null, new string[0])]
    [InlineData("false", new string[0])]
    [InlineData("false", new[] { "--auto" })]
    public async Task Who_opts_out_keeps_pods_and_annotations_and_rolls_what_was_missed_when_back(string? label, string[] arguments)
    {
        await using var space = await SpaceAsync();
        var workload = await space.DeployAsync("app", PodSpec);
        await space.OperatorAsync(arguments);
        await workload.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        var ledger = await workload.LedgerAsync("a ledger of the rollout", l => l.Contains("\"rollout\":1", StringComparison.Ordinal));

        await workload.LabelAsync(Names.Enabled, label);
        await space.FenceAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Servus"));
        await space.FenceAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
        Assert.Equal(ledger, await workload.LedgerAsync());
        Assert.Equal("1", (await workload.GetAsync()).Text("spec", "template", "metadata", "annotations", Names.Rollout));

        await workload.LabelAsync(Names.Enabled, "true");
        await workload.RolledAsync(2);
    }

    [Fact]
    public async Task Who_opts_out_and_is_back_without_a_change_is_left_as_it_is()
    {
        await using var space = await SpaceAsync();
        var workload = await space.DeployAsync("app", PodSpec);
        await space.OperatorAsync();
        var ledger = await workload.AdoptedAsync();

        await workload.LabelAsync(Names.Enabled, null);
        await space.FenceAsync();
        await workload.LabelAsync(Names.Enabled, "true");
        await space.FenceAsync();

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
