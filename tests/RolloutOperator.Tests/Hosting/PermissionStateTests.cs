using RolloutOperator.Core.Templates;
using RolloutOperator.Hosting.Permissions;

namespace RolloutOperator.Tests.Hosting;

public class PermissionStateTests
{
    private static readonly Permission Patch = new(new("patch", "apps", "deployments", "shop"), "nothing rolls");
    private static readonly Permission Read = new(new("get", "", "secrets", "shop"), "nothing is read");
    private static readonly Permission Selected = new(new("list", "", "secrets", null), "nothing is heard") { InSelected = true };

    [Fact]
    public void What_is_missing_at_first_is_news_and_what_is_there_is_none()
    {
        var (now, lost, granted) = PermissionState.None.After([(Patch, false), (Read, true)], everything: true);
        Assert.Equal([Patch], lost);
        Assert.Empty(granted);
        Assert.Equal([Patch], now.Missing);
        Assert.Equal((false, true), (now.Has(Patch), now.Has(Read)));
    }

    [Fact]
    public void What_is_known_already_is_no_news()
    {
        var known = PermissionState.None.After([(Patch, false), (Read, true)], everything: true).Now;
        var (now, lost, granted) = known.After([(Patch, false), (Read, true)], everything: true);
        Assert.Empty(lost);
        Assert.Empty(granted);
        Assert.Equal([Patch], now.Missing);
    }

    [Fact]
    public void Each_change_is_news_once()
    {
        var known = PermissionState.None.After([(Patch, false), (Read, true)], everything: true).Now;
        var (now, lost, granted) = known.After([(Patch, true), (Read, false)], everything: true);
        Assert.Equal([Read], lost);
        Assert.Equal([Patch], granted);
        Assert.Equal([Read], now.Missing);
    }

    [Fact]
    public void No_answer_changes_nothing()
    {
        Assert.False(PermissionState.None.After([(Patch, null)], everything: true).Now.Has(Patch));
        var known = PermissionState.None.After([(Patch, false), (Read, true)], everything: true).Now;
        var (now, lost, granted) = known.After([(Patch, null), (Read, null)], everything: true);
        Assert.Empty(lost);
        Assert.Empty(granted);
        Assert.Equal([Patch], now.Missing);
        Assert.True(now.Has(Read));
    }

    [Fact]
    public void A_review_of_some_leaves_the_others_as_they_were()
    {
        var known = PermissionState.None.After([(Patch, false), (Read, true)], everything: true).Now;
        var now = known.After([(Patch, true)], everything: false).Now;
        Assert.Empty(now.Missing);
        Assert.True(now.Has(Read));
    }

    [Fact]
    public void A_namespace_that_is_selected_no_more_misses_nothing()
    {
        var known = PermissionState.None.After([(Selected, false), (Selected.In("shop"), false), (Selected.In("lab"), true), (Read, false)], everything: true).Now;
        Assert.Equal(2, known.Missing.Count());
        var (now, lost, granted) = known.After([(Selected, true), (Selected.In("lab"), true)], everything: false);
        Assert.Empty(lost);
        Assert.Empty(granted);
        Assert.Equal([Read], now.Missing);
        Assert.True(now.Has(Selected));
    }
}
