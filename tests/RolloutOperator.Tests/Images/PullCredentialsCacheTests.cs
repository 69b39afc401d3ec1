using RolloutOperator.Images;
using RolloutOperator.Registry;
using RolloutOperator.Tests.Architecture;
using static RolloutOperator.Tests.Images.ImageTrackerHarness;

namespace RolloutOperator.Tests.Images;

public sealed class PullCredentialsCacheTests
{
    private static readonly ImageKey App = Image("a.example/app", "shop", "pull");

    [Fact]
    public void Its_Secrets_are_watched_before_they_are_read()
    {
        var harness = new ImageTrackerHarness().Lead();
        harness.SetImages("app", App);
        Assert.NotNull(harness.Names.Find("pull"));
        harness.SetImages("app");
        Assert.Null(harness.Names.Find("pull"));
    }

    [Trait("Image", "service-account")]
    [Fact]
    public void Given_a_Secret_that_the_account_names_it_is_read_again_once_it_is_watched()
    {
        var harness = new ImageTrackerHarness().Lead();
        harness.SetImages("app", Image("a.example/app"));
        harness.Read(Content("old", "of-the-account"));
        Assert.NotNull(harness.Names.Find("of-the-account"));
        Assert.Equal(0, harness.Tracker.Count);
        harness.Read(Content("new", "of-the-account"));
        Assert.Equal(1, harness.Tracker.Count);
        Assert.Empty(harness.Reads());
    }

    [Fact]
    public void Given_a_changed_Secret_it_is_read_again_and_another_user_keeps_the_digest()
    {
        var harness = new ImageTrackerHarness().Lead();
        harness.SetImages("app", App);
        harness.Read(Content("one", "pull"));
        harness.Settle("a");
        harness.Handle(new ImageEvent.SecretChanged(Samples.Secret("pull")));
        harness.Handle(new ImageEvent.SecretChanged(Samples.Secret("pull", "elsewhere")));
        var credentials = Assert.Single(harness.Reads()).Credentials;
        harness.Handle(new ImageEvent.SecretChanged(Samples.Secret("pull")));
        harness.Handle(new ImageEvent.CredentialsRead(credentials, Content("two", "pull")));
        Assert.Equal(credentials, Assert.Single(harness.Reads()).Credentials);
        harness.Handle(new ImageEvent.CredentialsRead(credentials, Content("three", "pull")));
        Assert.Equal(1, harness.Tracker.Count);
        Assert.Equal("a", harness.Manifest(App));
        Assert.Single(harness.PollAt(harness.Now + harness.Timings.Gap));
    }

    [Trait("Image", "updated-credentials")]
    [Fact]
    public void Given_a_written_Secret_its_rejections_are_forgotten()
    {
        var harness = new ImageTrackerHarness().Lead();
        harness.SetImages("app", App);
        harness.Read(Content("one", "pull"));
        Assert.Empty(harness.ForgottenRejections);
        harness.Handle(new ImageEvent.SecretChangesMissed(null));
        harness.Read(Content("one", "pull"));
        Assert.Empty(harness.ForgottenRejections);
        harness.Handle(new ImageEvent.SecretChanged(Samples.Secret("pull")));
        harness.Read(Content("one", "pull"));
        Assert.StartsWith("a.example/app:latest for ", Assert.Single(harness.ForgottenRejections), StringComparison.Ordinal);
    }

    [Fact]
    public void Given_failed_checks_it_is_read_again_but_not_more_often_than_the_interval()
    {
        var harness = new ImageTrackerHarness().Lead();
        harness.SetImages("app", App);
        harness.ReadAll();
        harness.Fail(harness.PollAt(harness.Timings.First), ResolutionStatus.Unauthorized);
        Assert.Empty(harness.Reads());
        harness.Fail(harness.PollAt(harness.Now + harness.Timings.Interval + harness.Timings.Interval), ResolutionStatus.Unauthorized);
        Assert.Single(harness.Reads());
    }

    [Fact]
    public void What_could_not_be_read_is_part_of_the_problem()
    {
        var harness = new ImageTrackerHarness().Lead();
        harness.SetImages("app", App);
        harness.Read(Content(null, "pull") with { Problem = "secret/pull is gone" });
        for (var i = 0; i < 2; i++)
        {
            harness.Fail(harness.PollAt(harness.Now + harness.Timings.Interval + harness.Timings.Interval), ResolutionStatus.Unauthorized);
        }

        Assert.Equal("is wrong; secret/pull is gone", harness.Problem(App));
    }

    [Fact]
    public void Given_failed_reads_it_is_read_again_with_backoff_until_it_succeeds()
    {
        var harness = new ImageTrackerHarness().Lead();
        harness.SetImages("app", App);
        var delays = new List<double>();
        for (var i = 0; i < 8; i++)
        {
            var read = Assert.Single(harness.Reads());
            delays.Add(read.Delay.TotalSeconds);
            harness.Handle(new ImageEvent.CredentialsNotRead(read.Credentials));
        }

        // The jitter of these tests is three quarters.
        Assert.Equal([0, 0.75, 1.5, 3, 6, 12, 24, 45], delays);
        harness.Read(Content("one", "pull"));
        Assert.Equal(1, harness.Tracker.Count);
        harness.Handle(new ImageEvent.SecretChanged(Samples.Secret("pull")));
        Assert.Equal(TimeSpan.Zero, Assert.Single(harness.Reads()).Delay);
    }

    [Fact]
    public void Given_a_failed_read_that_no_image_needs_it_is_not_read_again()
    {
        var harness = new ImageTrackerHarness().Lead();
        harness.SetImages("app", App);
        var read = Assert.Single(harness.Reads());
        harness.SetImages("app");
        harness.Handle(new ImageEvent.CredentialsNotRead(read.Credentials));
        Assert.Empty(harness.Reads());
    }
}
