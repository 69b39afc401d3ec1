using RolloutOperator.Leadership;
using RolloutOperator.Watching;
using Input = RolloutOperator.Watching.ReflectorState.Input;

namespace RolloutOperator.Tests.Watching;

public class ReflectorStateTests
{
    private static readonly TimeSpan Minutes = TimeSpan.FromMinutes(7);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void It_begins_with_a_list_at_once_and_nothing_was_missed()
    {
        Assert.Equal(new ReflectorState.Listing(Missed: false, Failures: 0), ReflectorState.Start);
        Assert.Equal(TimeSpan.Zero, ReflectorState.Start.Delay(0.9));
    }

    [Fact]
    public void A_list_leads_to_a_watch_from_its_version() =>
        Assert.Equal(new ReflectorState.Watching("7", 0), ReflectorState.Start.Next(new Input.Listed("7")));

    [Fact]
    public void A_first_list_that_failed_before_ends_the_row_of_failures() =>
        Assert.Equal(new ReflectorState.Watching("7", 0), new ReflectorState.Listing(Missed: false, 4).Next(new Input.Listed("7")));

    [Trait("Invariant", "I8")]
    [Fact]
    public void A_watch_that_the_server_ends_goes_on_from_where_it_came_to_at_once()
    {
        var next = new ReflectorState.Watching("7", 3).Next(new Input.Ended("9", Minutes));
        Assert.Equal(new ReflectorState.Watching("9", 0), next);
        Assert.Equal(TimeSpan.Zero, next.Delay(0.9));
    }

    [Fact]
    public void A_watch_that_ends_within_a_second_counts_as_a_failure()
    {
        var watching = new ReflectorState.Watching("7", 1);
        Assert.Equal(new ReflectorState.Watching("7", 2), watching.Next(new Input.Ended("7", Second * 0.999)));
        Assert.Equal(new ReflectorState.Watching("7", 0), watching.Next(new Input.Ended("7", Second)));
    }

    [Fact]
    public void A_version_that_expired_is_listed_anew_and_something_may_have_been_missed() =>
        Assert.Equal(new ReflectorState.Listing(Missed: true, 1) { IsAnswered = true }, new ReflectorState.Watching("7", 0).Next(new Input.Expired()));

    [Fact]
    public void A_watch_that_is_allowed_again_is_listed_anew_for_what_was_missed()
    {
        var refused = new ReflectorState.Watching("7", 0).Next(new Input.Refused());
        Assert.Equal(new ReflectorState.Watching("7", 1) { IsRefused = true, IsAnswered = true }, refused);
        Assert.Equal(new ReflectorState.Watching("7", 2) { IsRefused = true }, refused.Next(new Input.Failed(null, Second)));
        Assert.Equal(new ReflectorState.Listing(Missed: true, 0), refused.Next(new Input.Ended("9", Second)));
        Assert.Equal(new ReflectorState.Listing(Missed: true, 2) { IsAnswered = true }, refused.Next(new Input.Expired()));
    }

    [Fact]
    public void A_list_that_is_refused_is_tried_again() =>
        Assert.Equal(new ReflectorState.Listing(Missed: true, 2) { IsAnswered = true }, new ReflectorState.Listing(Missed: true, 1).Next(new Input.Refused()));

    [Fact]
    public void A_failure_after_progress_is_the_first_of_a_new_row() =>
        Assert.Equal(new ReflectorState.Watching("9", 1), new ReflectorState.Watching("7", 5).Next(new Input.Failed("9", Second)));

    [Theory]
    [InlineData(null)]
    [InlineData("7")]
    public void A_failure_without_progress_is_one_more_of_the_row(string? version) =>
        Assert.Equal(new ReflectorState.Watching("7", 6), new ReflectorState.Watching("7", 5).Next(new Input.Failed(version, Second)));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_list_that_fails_is_tried_again_and_what_it_is_for_stays(bool missed)
    {
        var listing = new ReflectorState.Listing(missed, 2);
        Assert.Equal(new ReflectorState.Listing(missed, 3), listing.Next(new Input.Failed(null, Second)));
        Assert.Equal(new ReflectorState.Listing(missed, 3) { IsAnswered = true }, listing.Next(new Input.Expired()));
    }

    [Fact]
    public void A_version_that_expires_whenever_it_was_listed_is_listed_ever_more_slowly()
    {
        ReflectorState state = new ReflectorState.Watching("1", 0);
        for (int round = 1; round <= 10; round++)
        {
            state = state.Next(new Input.Expired());
            Assert.Equal(new ReflectorState.Listing(Missed: true, round) { IsAnswered = true }, state);
            Assert.NotEqual(TimeSpan.Zero, state.Delay(0));
            state = state.Next(new Input.Listed("1"));
        }

        Assert.Equal(0, state.Next(new Input.Ended("2", Minutes)).Failures);
    }

    [Fact]
    public void A_quiet_watch_that_held_and_broke_is_the_first_failure_of_a_new_row()
    {
        var watching = new ReflectorState.Watching("7", 5);
        Assert.Equal(new ReflectorState.Watching("7", 6), watching.Next(new Input.Failed(null, ReflectorState.LongestPause)));
        Assert.Equal(new ReflectorState.Watching("7", 1), watching.Next(new Input.Failed(null, ReflectorState.LongestPause + Second)));
    }

    [Fact]
    public void Only_a_watch_that_holds_is_compared_with_a_list()
    {
        Assert.Equal(new ReflectorState.Listing(Missed: true, 0) { IsComparison = true }, new ReflectorState.Watching("7", 0).Compare());
        Assert.Equal(new ReflectorState.Watching("7", 1), new ReflectorState.Watching("7", 1).Compare());
        Assert.Equal(ReflectorState.Start, ReflectorState.Start.Compare());
    }

    [Theory]
    [InlineData(false, 1, 0.5)]
    [InlineData(false, 3, 2)]
    [InlineData(false, 4, 3)]
    [InlineData(false, int.MaxValue, 3)]
    [InlineData(true, 1, 0.5)]
    [InlineData(true, 6, 16)]
    [InlineData(true, 7, 30)]
    [InlineData(true, int.MaxValue, 30)]
    public void A_pause_doubles_up_to_a_limit_and_lies_between_the_half_and_the_whole(bool isAnswered, int failures, double seconds)
    {
        foreach (var state in (ReflectorState[])[
            new ReflectorState.Listing(Missed: true, failures) { IsAnswered = isAnswered }, new ReflectorState.Watching("1", failures) { IsAnswered = isAnswered }])
        {
            Assert.Equal(seconds / 2, state.Delay(0).TotalSeconds);
            Assert.Equal(seconds * 0.75, state.Delay(0.5).TotalSeconds);
            Assert.InRange(state.Delay(0.999_999).TotalSeconds, seconds * 0.99, seconds);
        }
    }
}
