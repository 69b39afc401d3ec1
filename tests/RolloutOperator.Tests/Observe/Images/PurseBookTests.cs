using RolloutOperator.Observe.Images;
using RolloutOperator.Registry;
using static RolloutOperator.Tests.Observe.Images.Bench;

namespace RolloutOperator.Tests.Observe.Images;

public sealed class PurseBookTests
{
    private static readonly ImageClaim App = Claim("a.example/app", "shop", "pull");

    [Fact]
    public void Its_secrets_are_listened_to_before_they_are_read()
    {
        var bench = new Bench().Lead();
        bench.Use("app", App);
        Assert.NotNull(bench.Interest.Find("pull"));
        bench.Use("app");
        Assert.Null(bench.Interest.Find("pull"));
    }

    [Fact]
    public void A_secret_that_only_the_account_names_is_read_once_more_when_it_is_listened_to()
    {
        var bench = new Bench().Lead();
        bench.Use("app", Claim("a.example/app"));
        bench.Take(new ImageNews.Opened(Assert.Single(bench.Opening()), Content("old", "of-the-account")));
        Assert.NotNull(bench.Interest.Find("of-the-account"));
        Assert.Equal(0, bench.Book.Count);
        bench.Take(new ImageNews.Opened(Assert.Single(bench.Opening()), Content("new", "of-the-account")));
        Assert.Equal(1, bench.Book.Count);
        Assert.Empty(bench.Opening());
    }

    [Fact]
    public void A_ring_reads_it_again_and_another_user_is_another_one_who_asks()
    {
        var bench = new Bench().Lead();
        bench.Use("app", App);
        bench.Take(new ImageNews.Opened(Assert.Single(bench.Opening()), Content("one", "pull")));
        bench.Settle("a");
        bench.Take(new ImageNews.Rang(Samples.Secret("pull")));
        bench.Take(new ImageNews.Rang(Samples.Secret("pull", "elsewhere")));
        var purse = Assert.Single(bench.Opening());
        bench.Take(new ImageNews.Rang(Samples.Secret("pull")));
        bench.Take(new ImageNews.Opened(purse, Content("two", "pull")));
        Assert.Equal(purse, Assert.Single(bench.Opening()));
        bench.Take(new ImageNews.Opened(purse, Content("three", "pull")));
        Assert.Equal(1, bench.Book.Count);
        Assert.Equal("a", bench.Manifest(App));
        Assert.Single(bench.LooksUntil(bench.Now + bench.Pace.Gap));
    }

    [Fact]
    public void A_secret_that_was_written_again_is_forgiven()
    {
        var bench = new Bench().Lead();
        bench.Use("app", App);
        bench.Take(new ImageNews.Opened(Assert.Single(bench.Opening()), Content("one", "pull")));
        Assert.Empty(bench.Forgiven);
        bench.Take(new ImageNews.Missed(null));
        bench.Take(new ImageNews.Opened(Assert.Single(bench.Opening()), Content("one", "pull")));
        Assert.Empty(bench.Forgiven);
        bench.Take(new ImageNews.Rang(Samples.Secret("pull")));
        bench.Take(new ImageNews.Opened(Assert.Single(bench.Opening()), Content("one", "pull")));
        Assert.StartsWith("a.example/app:latest for ", Assert.Single(bench.Forgiven), StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_read_again_when_a_registry_does_not_answer_as_it_should_but_not_all_the_time()
    {
        var bench = new Bench().Lead();
        bench.Use("app", App);
        bench.OpenAll();
        bench.Miss(bench.LooksUntil(bench.Pace.First), NoInformationReason.Unauthorized);
        Assert.Empty(bench.Opening());
        bench.Miss(bench.LooksUntil(bench.Now + bench.Pace.Interval + bench.Pace.Interval), NoInformationReason.Unauthorized);
        Assert.Single(bench.Opening());
    }

    [Fact]
    public void What_could_not_be_read_is_part_of_what_is_told()
    {
        var bench = new Bench().Lead();
        bench.Use("app", App);
        bench.Take(new ImageNews.Opened(Assert.Single(bench.Opening()), Content(null, "pull") with { Problem = "secret/pull is gone" }));
        for (var i = 0; i < 2; i++)
        {
            bench.Miss(bench.LooksUntil(bench.Now + bench.Pace.Interval + bench.Pace.Interval), NoInformationReason.Unauthorized);
        }

        Assert.Equal("is amiss; secret/pull is gone", bench.Problem(App));
    }
}
