using RolloutOperator.Caching;
using RolloutOperator.Core.Templates;
using RolloutOperator.Watching;

namespace RolloutOperator.Tests.Caching;

public sealed class WatchOwnersTests
{
    private static readonly WorkloadRef App = new("Deployment", "shop", "app");
    private static readonly WatchTarget Own = new("deployments", "shop");
    private static readonly WatchTarget Rest = new("deployments", "shop", ByNamespaceLabel: true);

    private readonly WatchOwners _tellers = new();

    [Fact]
    public void What_one_tells_of_is_gone_when_it_tells_no_more()
    {
        Assert.True(_tellers.Report(App, Own, hasNewer: false));
        Assert.True(_tellers.Remove(App, Own));
        Assert.Empty(_tellers.Of(Own));
        Assert.True(_tellers.Remove(App, Own));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_two_tell_of_is_gone_when_neither_does(bool firstEndsFirst)
    {
        _tellers.Report(App, Own, hasNewer: false);
        _tellers.Report(App, Rest, hasNewer: false);
        var (first, last) = firstEndsFirst ? (Own, Rest) : (Rest, Own);
        Assert.False(_tellers.Remove(App, first));
        Assert.Empty(_tellers.Of(first));
        Assert.Equal([App], _tellers.Of(last));
        Assert.True(_tellers.Remove(App, last));
    }

    [Fact]
    public void Another_one_is_believed_unless_what_is_known_is_newer()
    {
        _tellers.Report(App, Own, hasNewer: false);
        Assert.False(_tellers.Report(App, Rest, hasNewer: true));
        Assert.True(_tellers.Report(App, Rest, hasNewer: false));
    }

    [Fact]
    public void The_one_that_told_last_is_believed_whatever_it_says()
    {
        _tellers.Report(App, Own, hasNewer: false);
        Assert.True(_tellers.Report(App, Own, hasNewer: true));
        _tellers.Report(App, Rest, hasNewer: false);
        Assert.True(_tellers.Report(App, Rest, hasNewer: true));
        Assert.False(_tellers.Report(App, Own, hasNewer: true));
    }
}
