using RolloutOperator.Observe.Images;
using RolloutOperator.Registry;

namespace RolloutOperator.Tests.Observe.Images;

public sealed class TagWatchTests
{
    private static readonly ImagePace Pace = new(TimeSpan.FromMinutes(5));

    private TagWatch _tag = TagWatch.New;
    private TimeSpan _now;

    [Fact]
    public void A_digest_counts_when_two_looks_in_a_row_have_given_it()
    {
        Look("a");
        Assert.Null(_tag.Manifest);
        Assert.Equal(_now + Pace.Confirm, _tag.Due);
        LookWhenDue("a");
        Assert.Equal("a", _tag.Manifest);
    }

    [Fact]
    public void A_look_that_comes_too_soon_confirms_nothing()
    {
        Look("a");
        var due = _tag.Due;
        _now += TimeSpan.FromSeconds(1);
        Look("a");
        Assert.Null(_tag.Manifest);
        Assert.Equal(due, _tag.Due);
    }

    [Fact]
    public void A_tag_that_moved_is_believed_at_the_second_look()
    {
        Known("a");
        LookWhenDue("b");
        Assert.Equal("a", _tag.Manifest);
        Assert.True(_tag.IsPending);
        LookWhenDue("b");
        Assert.Equal("b", _tag.Manifest);
        Assert.False(_tag.IsPending);
    }

    [Fact]
    public void One_server_of_many_that_lags_behind_moves_nothing()
    {
        Known("a");
        foreach (var answer in (string[])["b", "a", "b", "a", "c", "a"])
        {
            LookWhenDue(answer);
            Assert.Equal("a", _tag.Manifest);
        }

        Assert.False(_tag.Flaps);
    }

    [Fact]
    public void Going_back_is_a_move_like_any_other()
    {
        Known("a");
        Moved("b");
        Moved("a");
        Assert.False(_tag.Flaps);
        Moved("c");
        Assert.Null(_tag.Problem);
    }

    [Fact]
    public void To_and_fro_is_held_until_it_rests()
    {
        Known("a");
        Moved("b");
        Moved("a");
        LookWhenDue("b");
        LookWhenDue("b");
        Assert.Equal(("a", true), (_tag.Manifest, _tag.Flaps));
        Assert.Contains("to and fro", _tag.Problem, StringComparison.Ordinal);
        var held = _now;
        while (_tag.Flaps)
        {
            Assert.Equal("a", _tag.Manifest);
            LookWhenDue("b");
        }

        Assert.Equal("b", _tag.Manifest);
        Assert.InRange(_now - held, Pace.Quarantine, Pace.Quarantine + (Pace.Interval * 1.1));
        Assert.Null(_tag.Problem);
    }

    [Fact]
    public void What_goes_on_to_and_fro_is_held_for_as_long()
    {
        Known("a");
        Moved("b");
        Moved("a");
        LookWhenDue("b");
        LookWhenDue("b");
        for (var i = 0; i < 50; i++)
        {
            LookWhenDue(i % 4 < 2 ? "a" : "b");
            Assert.Equal(("a", true), (_tag.Manifest, _tag.Flaps));
        }
    }

    [Fact]
    public void Moves_that_are_long_past_are_forgotten()
    {
        Known("a");
        Moved("b");
        Moved("a");
        var until = _now + Pace.Window;
        while (_now < until)
        {
            LookWhenDue("a");
        }

        Moved("b");
        Assert.False(_tag.Flaps);
    }

    [Theory]
    [InlineData(NoInformationReason.NotFound, true)]
    [InlineData(NoInformationReason.BadCredential, true)]
    [InlineData(NoInformationReason.Refused, true)]
    [InlineData(NoInformationReason.NotARegistry, true)]
    [InlineData(NoInformationReason.Unavailable, false)]
    [InlineData(NoInformationReason.Resting, false)]
    [InlineData(NoInformationReason.RateLimited, false)]
    public void What_is_not_a_digest_changes_nothing_and_is_told_when_it_lasts(NoInformationReason reason, bool told)
    {
        Known("a");
        Miss(reason);
        Assert.Equal(("a", null), (_tag.Manifest, _tag.Problem));
        Miss(reason);
        Assert.Equal(("a", told ? "is amiss" : null), (_tag.Manifest, _tag.Problem));
        LookWhenDue("a");
        Assert.Null(_tag.Problem);
    }

    [Fact]
    public void An_error_between_two_equal_answers_takes_nothing_from_them()
    {
        Known("a");
        LookWhenDue("b");
        Miss(NoInformationReason.Unavailable);
        LookWhenDue("b");
        Assert.Equal("b", _tag.Manifest);
    }

    [Fact]
    public void The_registry_says_how_long_it_is_left_alone()
    {
        Miss(NoInformationReason.RateLimited, TimeSpan.FromHours(1));
        Assert.InRange(_tag.Due - _now, TimeSpan.FromHours(1), TimeSpan.FromHours(2));
        Miss(NoInformationReason.Resting, TimeSpan.FromMilliseconds(100));
        Assert.InRange(_tag.Due - _now, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));

        // That a credential rests for hours is no reason not to ask whether there is another one now.
        Miss(NoInformationReason.BadCredential, TimeSpan.FromHours(6));
        Assert.InRange(_tag.Due - _now, TimeSpan.Zero, Pace.Interval * 1.1);
    }

    private void Known(string digest)
    {
        Look(digest);
        LookWhenDue(digest);
        Assert.Equal(digest, _tag.Manifest);
    }

    private void Moved(string digest)
    {
        LookWhenDue(digest);
        LookWhenDue(digest);
        Assert.Equal(digest, _tag.Manifest);
    }

    private void LookWhenDue(string digest)
    {
        _now = _tag.Due;
        Look(digest);
    }

    private void Look(string digest)
    {
        _tag = _tag.Next(new Resolution.Found(digest), _now, Pace, 0.5);
        Assert.True(_tag.Due > _now);
    }

    private void Miss(NoInformationReason reason, TimeSpan? after = null)
    {
        _now = _tag.Due;
        _tag = _tag.Next(new Resolution.NoInformation(reason, "is amiss", after), _now, Pace, 0.5);
        Assert.True(_tag.Due > _now);
    }
}
