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
        Assert.True(_tellers.Tell(App, Own, newer: false));
        Assert.True(_tellers.Forget(App, Own));
        Assert.Empty(_tellers.Of(Own));
        Assert.True(_tellers.Forget(App, Own));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_two_tell_of_is_gone_when_neither_does(bool firstEndsFirst)
    {
        _tellers.Tell(App, Own, newer: false);
        _tellers.Tell(App, Rest, newer: false);
        var (first, last) = firstEndsFirst ? (Own, Rest) : (Rest, Own);
        Assert.False(_tellers.Forget(App, first));
        Assert.Empty(_tellers.Of(first));
        Assert.Equal([App], _tellers.Of(last));
        Assert.True(_tellers.Forget(App, last));
    }

    [Fact]
    public void Another_one_is_believed_unless_what_is_known_is_newer()
    {
        _tellers.Tell(App, Own, newer: false);
        Assert.False(_tellers.Tell(App, Rest, newer: true));
        Assert.True(_tellers.Tell(App, Rest, newer: false));
    }

    [Fact]
    public void The_one_that_told_last_is_believed_whatever_it_says()
    {
        _tellers.Tell(App, Own, newer: false);
        Assert.True(_tellers.Tell(App, Own, newer: true));
        _tellers.Tell(App, Rest, newer: false);
        Assert.True(_tellers.Tell(App, Rest, newer: true));
        Assert.False(_tellers.Tell(App, Own, newer: true));
    }
}
