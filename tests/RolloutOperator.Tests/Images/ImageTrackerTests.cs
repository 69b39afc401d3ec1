using RolloutOperator.Core.Checksums;
using RolloutOperator.Images;
using RolloutOperator.Registry;
using RolloutOperator.Tests.Architecture;
using static RolloutOperator.Tests.Images.ImageTrackerHarness;

namespace RolloutOperator.Tests.Images;

public sealed class ImageTrackerTests
{
    private static readonly ImageKey App = Image("a.example/app");
    private static readonly ImageKey Side = Image("a.example/side");

    [Trait("Image", "fifty-workloads")]
    [Fact]
    public void Workloads_without_credentials_share_one_request_across_namespaces()
    {
        var harness = new ImageTrackerHarness().Lead();
        for (var i = 0; i < 50; i++)
        {
            harness.SetImages($"app-{i}", Image(i % 2 == 0 ? "a.example/app" : "a.example/app:latest", $"n{i % 5}"));
        }

        harness.ReadAll();
        var requests = harness.PollAt(harness.Timings.First);
        Assert.Single(requests);
        harness.Resolve(requests, "a");
        harness.Resolve(harness.PollNext(), "a");
        Assert.Equal(10, harness.Changes().Length);
        Assert.Equal("a", harness.Manifest(Image("a.example/app:latest", "n1")));
        Assert.Equal(1, harness.Tracker.Count);
    }

    [Fact]
    public void Given_a_request_under_way_nothing_is_due()
    {
        var harness = new ImageTrackerHarness().Lead();
        harness.SetImages("app", App);
        harness.ReadAll();
        var requests = harness.PollAt(harness.Timings.First);
        Assert.Null(harness.Tracker.Next);
        harness.Resolve(requests, "a");
        harness.Resolve(harness.PollNext(), "a");
        Assert.True(harness.Tracker.Next > harness.Now);
    }

    [Trait("Image", "namespaces")]
    [Fact]
    public void Namespaces_with_different_credentials_share_nothing()
    {
        var harness = new ImageTrackerHarness().Lead();
        var other = Image("a.example/app", "other");
        harness.SetImages("app", App);
        harness.SetImages("other", other);
        var reads = harness.Reads();
        harness.Handle(new ImageEvent.CredentialsRead(reads[0].Credentials, Content("one")));
        harness.Handle(new ImageEvent.CredentialsRead(reads[1].Credentials, Content("two")));
        var requests = harness.PollAt(harness.Timings.First);
        Assert.Equal(2, requests.Length);
        for (var i = 0; i < 2; i++)
        {
            harness.Resolve([requests[0]], "a");
            harness.Fail([requests[1]], ResolutionStatus.Denied);
            requests = [.. harness.PollAt(harness.Now + harness.Timings.Interval + harness.Timings.Interval).OrderBy(request => request.Tag.Images.Single().Key != App)];
        }

        Assert.Equal("a", harness.Manifest(App));
        Assert.Equal((null, "is wrong"), (harness.Manifest(other), harness.Problem(other)));
    }

    [Fact]
    public void A_tag_is_resolved_only_by_the_leader_and_after_its_credentials_are_read()
    {
        var harness = new ImageTrackerHarness();
        harness.SetImages("app", App);
        Assert.Null(harness.Tracker.Next);
        harness.ReadAll();
        Assert.Empty(harness.PollAt(TimeSpan.FromHours(1)));
        harness.Lead();
        Assert.Single(harness.PollAt(harness.Now + harness.Timings.First));
        harness.SetImages("side", Side with { Credentials = Image("x", "other").Credentials });
        Assert.Empty(harness.PollAt(harness.Now + harness.Timings.First));
    }

    [Fact]
    public void Digests_of_an_earlier_term_are_forgotten()
    {
        var harness = new ImageTrackerHarness().Lead();
        harness.SetImages("app", App);
        harness.Settle("a");
        var late = harness.PollNext();
        harness.Handle(new ImageEvent.LeadershipChanged(IsLeader: false));
        Assert.Null(harness.Manifest(App));
        Assert.Null(harness.Tracker.Next);
        harness.Lead();
        harness.Resolve(late, "a");
        harness.Resolve(late, "a");
        Assert.Null(harness.Manifest(App));
        harness.Settle("b");
        Assert.Equal("b", harness.Manifest(App));
    }

    [Trait("Image", "handover")]
    [Fact]
    public void Given_an_unconfirmed_move_the_first_check_of_the_next_term_does_not_confirm_it()
    {
        var harness = new ImageTrackerHarness().Lead();
        harness.SetImages("app", App);
        harness.Settle("a");
        harness.Resolve(harness.PollNext(), "b");
        harness.Handle(new ImageEvent.LeadershipChanged(IsLeader: false));
        harness.Lead();
        harness.Resolve(harness.PollAt(harness.Now + harness.Timings.First), "b");
        Assert.Null(harness.Manifest(App));
        harness.Resolve(harness.PollNext(), "b");
        Assert.Equal("b", harness.Manifest(App));
    }

    [Fact]
    public void A_tag_that_no_workload_uses_is_not_resolved()
    {
        var harness = new ImageTrackerHarness().Lead();
        harness.SetImages("app", App, Side);
        harness.SetImages("other", App);
        harness.Settle("a");
        harness.SetImages("app", Side);
        Assert.Equal(2, harness.PollAt(harness.Now + harness.Timings.Interval).Length);
        harness.SetImages("other");
        Assert.Equal(1, harness.Tracker.Count);
        Assert.Null(harness.Manifest(App));
        harness.SetImages("app");
        Assert.Equal(0, harness.Tracker.Count);
        Assert.Null(harness.Tracker.Next);
        Assert.Empty(harness.PollAt(harness.Now + harness.Timings.Interval + harness.Timings.Interval));
    }

    [Fact]
    public void Given_an_unused_image_the_result_of_its_request_is_ignored()
    {
        var harness = new ImageTrackerHarness().Lead();
        harness.SetImages("app", App);
        harness.ReadAll();
        var requests = harness.PollAt(harness.Timings.First);
        harness.SetImages("app");
        harness.Resolve(requests, "a");
        Assert.Equal((0, (string?)null), (harness.Tracker.Count, harness.Manifest(App)));
        Assert.Null(harness.Tracker.Next);
    }

    [Fact]
    public void Given_a_known_digest_another_namespace_gets_it_immediately()
    {
        var harness = new ImageTrackerHarness().Lead();
        harness.SetImages("app", App);
        harness.Settle("a");
        var other = Image("a.example/app", "other");
        harness.SetImages("other", other);
        harness.ReadAll();
        Assert.Equal("a", harness.Manifest(other));
        Assert.Equal([other], harness.Changes());
    }

    [Fact]
    public void First_checks_are_spread_and_later_ones_keep_the_interval()
    {
        var harness = new ImageTrackerHarness().Lead();
        harness.SetImages("app", App);
        harness.ReadAll();
        Assert.Equal(harness.Timings.First / 2, harness.Tracker.Next);
        harness.Settle("a");
        var start = harness.Now;
        harness.Resolve(harness.PollNext(), "a");
        Assert.InRange(harness.Now - start, harness.Timings.Interval * 0.9, harness.Timings.Interval * 1.1);
    }

    [Trait("Image", "three-tags")]
    [Fact]
    public void When_one_image_moves_the_others_of_its_workloads_are_checked_too()
    {
        var harness = new ImageTrackerHarness().Lead();
        var far = Image("a.example/far");
        harness.SetImages("app", App, Side);
        harness.SetImages("far", far);
        harness.Settle("a");
        var first = harness.PollNext();
        harness.Resolve(first, "a");
        var app = Assert.Single(harness.PollAt(harness.Now + harness.Timings.Interval + harness.Timings.Interval), request => request.Tag.Images.Single().Key == App);
        harness.Resolve([app], "b");
        harness.Now += harness.Timings.Gap;
        harness.Resolve([app], "b");
        Assert.DoesNotContain(harness.PollAt(harness.Now), request => request.Tag.Images.Single().Key == far);
    }

    [Theory]
    [InlineData("a.example", "app", "latest", true)]
    [InlineData("a.example", "app", null, true)]
    [InlineData("mirror.example", "app", "latest", true)]
    [InlineData(null, "app", "latest", true)]
    [InlineData("a.example", "app", "2", false)]
    [InlineData("a.example", "other", "latest", false)]
    public void A_push_notification_makes_only_its_image_due(string? host, string repository, string? tag, bool due)
    {
        var harness = new ImageTrackerHarness().Lead();
        harness.SetImages("app", App);
        harness.Settle("a");
        harness.Now += TimeSpan.FromSeconds(30);
        harness.Push(host, repository, tag);
        Assert.Equal(due, harness.PollAt(harness.Now).Length == 1);
    }

    [Fact]
    public void A_push_notification_that_names_a_registry_in_use_is_about_no_other()
    {
        var harness = new ImageTrackerHarness().Lead();
        harness.SetImages("app", App, Image("b.example/app"));
        harness.Settle("a");
        harness.Now += TimeSpan.FromSeconds(30);
        harness.Push("b.example", "app", "latest");
        Assert.Equal("b.example/app:latest", Assert.Single(harness.PollAt(harness.Now)).Tag.Key.Reference);
    }

    [Trait("Image", "notifications")]
    [Fact]
    public void Given_a_notification_before_the_tag_is_written_it_is_checked_once_more()
    {
        var harness = new ImageTrackerHarness().Lead();
        harness.SetImages("app", App);
        harness.Settle("a");
        harness.Now += TimeSpan.FromSeconds(30);
        harness.Push(null, "app", null);
        harness.Resolve(harness.PollAt(harness.Now), "a");
        Assert.Equal(harness.Now + harness.Timings.Confirm, harness.Tracker.Next);
        harness.Resolve(harness.PollNext(), "a");
        Assert.Equal(harness.Now + harness.Timings.Interval, harness.Tracker.Next);
    }

    [Fact]
    public void Given_a_registry_without_an_answer_a_notification_is_one_check()
    {
        var harness = new ImageTrackerHarness().Lead();
        harness.SetImages("app", App);
        harness.Settle("a");
        harness.Now += TimeSpan.FromSeconds(30);
        harness.Push(null, "app", null);
        harness.Fail(harness.PollAt(harness.Now), ResolutionStatus.RateLimited);
        Assert.Equal(harness.Now + harness.Timings.Interval, harness.Tracker.Next);
    }

    [Trait("Image", "notifications")]
    [Fact]
    public void Given_many_notifications_a_tag_is_checked_at_most_once_a_second()
    {
        var harness = new ImageTrackerHarness().Lead();
        harness.SetImages("app", App);
        harness.Settle("a");
        harness.Now += TimeSpan.FromSeconds(30);
        for (var i = 0; i < 100; i++)
        {
            harness.Push(null, "app", null);
        }

        var requests = harness.PollAt(harness.Now);
        Assert.Single(requests);
        harness.Push(null, "app", null);
        Assert.Empty(harness.PollAt(harness.Now));
        harness.Resolve(requests, "a");
        Assert.Empty(harness.PollAt(harness.Now));
        Assert.Equal(harness.Now + harness.Timings.Gap, harness.Tracker.Next);
    }

    [Fact]
    public void An_invalid_image_reference_is_a_problem_and_not_resolved()
    {
        var harness = new ImageTrackerHarness().Lead();
        var invalid = Image("a.example/UPPER");
        harness.SetImages("app", invalid);
        Assert.Contains("cannot be checked", harness.Problem(invalid), StringComparison.Ordinal);
        Assert.Empty(harness.Reads());
        harness.SetImages("app");
        Assert.Null(harness.Problem(invalid));
    }
}
