using RolloutOperator.Observe.Images;
using RolloutOperator.Registry;
using static RolloutOperator.Tests.Observe.Images.Bench;

namespace RolloutOperator.Tests.Observe.Images;

public sealed class ImageBookTests
{
    private static readonly ImageClaim App = Claim("a.example/app");
    private static readonly ImageClaim Side = Claim("a.example/side");

    [Fact]
    public void One_look_does_for_all_workloads_and_namespaces_that_ask_as_nobody()
    {
        var bench = new Bench().Lead();
        for (var i = 0; i < 50; i++)
        {
            bench.Use($"app-{i}", Claim(i % 2 == 0 ? "a.example/app" : "a.example/app:latest", $"n{i % 5}"));
        }

        bench.OpenAll();
        var looks = bench.LooksUntil(bench.Pace.First);
        Assert.Single(looks);
        bench.Answer(looks, "a");
        bench.Answer(bench.LooksWhenDue(), "a");
        Assert.Equal(10, bench.Changed.Count);
        Assert.Equal("a", bench.Manifest(Claim("a.example/app:latest", "n1")));
        Assert.Equal(1, bench.Book.Count);
    }

    [Fact]
    public void It_reports_a_next_look_only_when_there_is_one()
    {
        var bench = new Bench().Lead();
        bench.Use("app", App);
        bench.OpenAll();
        Assert.Equal((null, null), (Report().LookedAgo, Report().DueIn));
        var looks = bench.LooksUntil(bench.Pace.First);
        Assert.Null(Report().DueIn);
        bench.Answer(looks, "a");
        bench.Answer(bench.LooksWhenDue(), "a");
        Assert.Equal(("a", 1), (Report().Digest, Report().Workloads));
        Assert.True(Report().DueIn > TimeSpan.Zero);

        ImageSight Report()
        {
            var asked = new ImageNews.Asked(new());
            bench.Take(asked);
            return Assert.Single(asked.Answer.Task.GetAwaiter().GetResult().Images);
        }
    }

    [Fact]
    public void Namespaces_with_different_credentials_share_nothing()
    {
        var bench = new Bench().Lead();
        var other = Claim("a.example/app", "other");
        bench.Use("app", App);
        bench.Use("other", other);
        var purses = bench.Opening();
        bench.Take(new ImageNews.Opened(purses[0], Content("one")));
        bench.Take(new ImageNews.Opened(purses[1], Content("two")));
        var looks = bench.LooksUntil(bench.Pace.First);
        Assert.Equal(2, looks.Length);
        for (var i = 0; i < 2; i++)
        {
            bench.Answer([looks[0]], "a");
            bench.Miss([looks[1]], NoInformationReason.Denied);
            looks = [.. bench.LooksUntil(bench.Now + bench.Pace.Interval + bench.Pace.Interval).OrderBy(look => look.Tag.Claims.Single().Claim != App)];
        }

        Assert.Equal("a", bench.Manifest(App));
        Assert.Equal((null, "is amiss"), (bench.Manifest(other), bench.Problem(other)));
    }

    [Fact]
    public void Nothing_is_looked_at_without_credentials_being_read_first_or_without_leading()
    {
        var bench = new Bench();
        bench.Use("app", App);
        Assert.Null(bench.Book.Next);
        bench.OpenAll();
        Assert.Empty(bench.LooksUntil(TimeSpan.FromHours(1)));
        bench.Lead();
        Assert.Single(bench.LooksUntil(bench.Now + bench.Pace.First));
        bench.Use("side", Side with { Purse = Claim("x", "other").Purse });
        Assert.Empty(bench.LooksUntil(bench.Now + bench.Pace.First));
    }

    [Fact]
    public void What_was_known_in_an_earlier_term_is_not_known_any_more()
    {
        var bench = new Bench().Lead();
        bench.Use("app", App);
        bench.Settle("a");
        var late = bench.LooksWhenDue();
        bench.Take(new ImageNews.Leads(false));
        Assert.Null(bench.Manifest(App));
        Assert.Null(bench.Book.Next);
        bench.Lead();
        bench.Answer(late, "a");
        bench.Answer(late, "a");
        Assert.Null(bench.Manifest(App));
        bench.Settle("b");
        Assert.Equal("b", bench.Manifest(App));
    }

    [Fact]
    public void A_move_that_was_seen_once_is_not_confirmed_by_the_next_leaders_first_look()
    {
        var bench = new Bench().Lead();
        bench.Use("app", App);
        bench.Settle("a");
        bench.Answer(bench.LooksWhenDue(), "b");
        bench.Take(new ImageNews.Leads(false));
        bench.Lead();
        bench.Answer(bench.LooksUntil(bench.Now + bench.Pace.First), "b");
        Assert.Null(bench.Manifest(App));
        bench.Answer(bench.LooksWhenDue(), "b");
        Assert.Equal("b", bench.Manifest(App));
    }

    [Fact]
    public void What_nobody_uses_is_not_looked_at()
    {
        var bench = new Bench().Lead();
        bench.Use("app", App, Side);
        bench.Use("other", App);
        bench.Settle("a");
        bench.Use("app", Side);
        Assert.Equal(2, bench.LooksUntil(bench.Now + bench.Pace.Interval).Length);
        bench.Use("other");
        Assert.Equal(1, bench.Book.Count);
        Assert.Null(bench.Manifest(App));
        bench.Use("app");
        Assert.Equal(0, bench.Book.Count);
        Assert.Null(bench.Book.Next);
        Assert.Empty(bench.LooksUntil(bench.Now + bench.Pace.Interval + bench.Pace.Interval));
    }

    [Fact]
    public void An_answer_to_somebody_who_has_left_is_dropped()
    {
        var bench = new Bench().Lead();
        bench.Use("app", App);
        bench.OpenAll();
        var looks = bench.LooksUntil(bench.Pace.First);
        bench.Use("app");
        bench.Answer(looks, "a");
        Assert.Equal((0, (string?)null), (bench.Book.Count, bench.Manifest(App)));
        Assert.Null(bench.Book.Next);
    }

    [Fact]
    public void One_who_joins_gets_what_is_known_at_once()
    {
        var bench = new Bench().Lead();
        bench.Use("app", App);
        bench.Settle("a");
        var other = Claim("a.example/app", "other");
        bench.Use("other", other);
        bench.OpenAll();
        Assert.Equal("a", bench.Manifest(other));
        Assert.Equal([other], bench.Changed);
    }

    [Fact]
    public void First_looks_are_spread_and_later_ones_keep_the_interval()
    {
        var bench = new Bench().Lead();
        bench.Use("app", App);
        bench.OpenAll();
        Assert.Equal(bench.Pace.First / 2, bench.Book.Next);
        bench.Settle("a");
        var began = bench.Now;
        bench.Answer(bench.LooksWhenDue(), "a");
        Assert.InRange(bench.Now - began, bench.Pace.Interval * 0.9, bench.Pace.Interval * 1.1);
    }

    [Fact]
    public void When_one_image_moves_the_others_of_its_workloads_are_looked_at_too()
    {
        var bench = new Bench().Lead();
        var far = Claim("a.example/far");
        bench.Use("app", App, Side);
        bench.Use("far", far);
        bench.Settle("a");
        var first = bench.LooksWhenDue();
        bench.Answer(first, "a");
        var app = Assert.Single(bench.LooksUntil(bench.Now + bench.Pace.Interval + bench.Pace.Interval), look => look.Tag.Claims.Single().Claim == App);
        bench.Answer([app], "b");
        bench.Now += bench.Pace.Gap;
        bench.Answer([app with { }], "b");
        Assert.DoesNotContain(bench.LooksUntil(bench.Now), look => look.Tag.Claims.Single().Claim == far);
    }

    [Theory]
    [InlineData("a.example", "app", "latest", true)]
    [InlineData("a.example", "app", null, true)]
    [InlineData("mirror.example", "app", "latest", true)]
    [InlineData(null, "app", "latest", true)]
    [InlineData("a.example", "app", "2", false)]
    [InlineData("a.example", "other", "latest", false)]
    public void A_hint_makes_an_image_due_and_no_other(string? host, string repository, string? tag, bool due)
    {
        var bench = new Bench().Lead();
        bench.Use("app", App);
        bench.Settle("a");
        bench.Now += TimeSpan.FromSeconds(30);
        bench.Take(new ImageNews.Hinted(new(host, repository, tag)));
        Assert.Equal(due, bench.LooksUntil(bench.Now).Length == 1);
    }

    [Fact]
    public void A_hint_for_a_registry_in_use_is_for_no_other_one()
    {
        var bench = new Bench().Lead();
        bench.Use("app", App, Claim("b.example/app"));
        bench.Settle("a");
        bench.Now += TimeSpan.FromSeconds(30);
        bench.Take(new ImageNews.Hinted(new("b.example", "app", "latest")));
        Assert.Equal("b.example/app:latest", Assert.Single(bench.LooksUntil(bench.Now)).Tag.Name.Reference);
    }

    [Fact]
    public void A_hint_that_came_before_its_tag_was_written_has_it_looked_at_once_more()
    {
        var bench = new Bench().Lead();
        bench.Use("app", App);
        bench.Settle("a");
        bench.Now += TimeSpan.FromSeconds(30);
        bench.Take(new ImageNews.Hinted(new(null, "app", null)));
        bench.Answer(bench.LooksUntil(bench.Now), "a");
        Assert.Equal(bench.Now + bench.Pace.Confirm, bench.Book.Next);
        bench.Answer(bench.LooksWhenDue(), "a");
        Assert.Equal(bench.Now + bench.Pace.Interval, bench.Book.Next);
    }

    [Fact]
    public void A_hint_about_a_registry_that_gives_nothing_is_one_look()
    {
        var bench = new Bench().Lead();
        bench.Use("app", App);
        bench.Settle("a");
        bench.Now += TimeSpan.FromSeconds(30);
        bench.Take(new ImageNews.Hinted(new(null, "app", null)));
        bench.Miss(bench.LooksUntil(bench.Now), NoInformationReason.RateLimited);
        Assert.Equal(bench.Now + bench.Pace.Interval, bench.Book.Next);
    }

    [Fact]
    public void A_flood_of_hints_is_one_look_at_a_time_and_no_more_than_one_in_a_second()
    {
        var bench = new Bench().Lead();
        bench.Use("app", App);
        bench.Settle("a");
        bench.Now += TimeSpan.FromSeconds(30);
        for (var i = 0; i < 100; i++)
        {
            bench.Take(new ImageNews.Hinted(new(null, "app", null)));
        }

        var looks = bench.LooksUntil(bench.Now);
        Assert.Single(looks);
        bench.Take(new ImageNews.Hinted(new(null, "app", null)));
        Assert.Empty(bench.LooksUntil(bench.Now));
        bench.Answer(looks, "a");
        Assert.Empty(bench.LooksUntil(bench.Now));
        Assert.Equal(bench.Now + bench.Pace.Gap, bench.Book.Next);
    }

    [Fact]
    public void An_image_that_is_no_reference_is_told_and_not_looked_at()
    {
        var bench = new Bench().Lead();
        var wrong = Claim("a.example/UPPER");
        bench.Use("app", wrong);
        Assert.Contains("cannot be looked at", bench.Problem(wrong), StringComparison.Ordinal);
        Assert.Empty(bench.Opening());
        bench.Use("app");
        Assert.Null(bench.Problem(wrong));
    }
}
