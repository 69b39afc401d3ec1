using RolloutOperator.Core.Templates;
using RolloutOperator.Watching;
using static RolloutOperator.Watching.NamespaceEvent;

namespace RolloutOperator.Tests.Watching;

public sealed class NamespaceScopeTests
{
    private static readonly NamespaceScope ByLabel = new() { Labelled = ["deployments", "daemonsets"] };

    private static readonly NamespaceScope BySelector =
        new() { Everywhere = ["configmaps", "deployments"], Labelled = ["deployments"], Excluded = ["kube-system"] };

    [Fact]
    public void A_namespace_label_adds_the_watches_of_what_is_not_enrolled_yet() => Assert.Equal(
        [new("deployments", "shop", ByNamespaceLabel: true), new("daemonsets", "shop", ByNamespaceLabel: true)],
        ByLabel.Next(new Listed([Space("shop", enrols: true), Space("office")])).Targets());

    [Fact]
    public void A_selected_namespace_has_every_watch_and_sources_come_first() => Assert.Equal(
        [new WatchTarget("configmaps", "shop"), new("deployments", "shop"), new("deployments", "shop", ByNamespaceLabel: true)],
        BySelector.Next(new Changed(Space("shop", enrols: true))).Targets());

    [Fact]
    public void An_excluded_namespace_has_none_whatever_its_label_is() =>
        Assert.Empty(BySelector.Next(new Changed(Space("kube-system", enrols: true))).Targets());

    [Fact]
    public void A_namespace_that_is_being_deleted_has_none() =>
        Assert.Empty(BySelector.Next(new Changed(Space("shop"))).Next(new Changed(Space("shop") with { Ending = true })).Targets());

    [Fact]
    public void A_namespace_that_is_recreated_has_its_watches_again()
    {
        var first = BySelector.Next(new Changed(Space("shop")));
        Assert.Empty(first.Next(new Deleted("shop")).Targets());
        Assert.Equal(first.Targets(), first.Next(new Deleted("shop")).Next(new Changed(Space("shop"))).Targets());
    }

    [Fact]
    public void Not_to_be_told_leaves_what_is_known() =>
        Assert.NotEmpty(BySelector.Next(new Changed(Space("shop"))).Next(new Forbidden()).Targets());

    [Fact]
    public void Whatever_comes_in_whatever_order_only_the_last_word_on_each_namespace_counts()
    {
        string[] names = ["shop", "office", "kube-system", "lab"];
        for (var seed = 0; seed < 500; seed++)
        {
            var dice = new Random(seed);
            var territory = BySelector;
            var model = new Dictionary<string, NamespaceInfo>(StringComparer.Ordinal);
            for (var step = 0; step < 30; step++)
            {
                var space = new NamespaceInfo(names[dice.Next(names.Length)], dice.Next(2) == 0, dice.Next(4) == 0);
                switch (dice.Next(10))
                {
                    case < 6:
                        model[space.Name] = space;
                        territory = territory.Next(new Changed(space));
                        break;
                    case < 8:
                        model.Remove(space.Name);
                        territory = territory.Next(new Deleted(space.Name));
                        break;
                    case 8:
                        model = new(StringComparer.Ordinal) { [space.Name] = space };
                        territory = territory.Next(new Listed([space]));
                        break;
                    default:
                        territory = territory.Next(new Forbidden());
                        break;
                }

                var wanted = territory.Targets().ToArray();
                Assert.Equal(wanted.Length, wanted.Distinct().Count());
                Assert.Equal(Expected(model.Values), wanted.Select(Text).Order(StringComparer.Ordinal));
            }
        }
    }

    // Said another way than by the code: each namespace on its own, in words.
    private static IEnumerable<string> Expected(IEnumerable<NamespaceInfo> spaces) => spaces
        .SelectMany(s => s switch
        {
            { Name: "kube-system" } or { Ending: true } => Array.Empty<string>(),
            { Enrols: true } => [$"{s.Name} configmaps", $"{s.Name} deployments", $"{s.Name} deployments rest"],
            _ => [$"{s.Name} configmaps", $"{s.Name} deployments"],
        })
        .Order(StringComparer.Ordinal);

    private static string Text(WatchTarget target) => $"{target.Namespace} {target.Resource}{(target.ByNamespaceLabel ? " rest" : "")}";

    private static NamespaceInfo Space(string name, bool enrols = false) => new(name, enrols, Ending: false);
}
