using RolloutOperator.Images;
using RolloutOperator.Registry;

namespace RolloutOperator.Tests.Images;

public sealed class TagStateTests
{
    private static readonly PollTimings Timings = new(TimeSpan.FromMinutes(5));

    private TagState _tag = TagState.New;
    private TimeSpan _now;

    [Fact]
    public void A_digest_counts_when_two_checks_in_a_row_have_returned_it()
    {
        Check("a");
        Assert.Null(_tag.Manifest);
        Assert.Equal(_now + Timings.Confirm, _tag.Due);
        CheckWhenDue("a");
        Assert.Equal("a", _tag.Manifest);
    }

    [Fact]
    public void A_check_that_comes_too_soon_confirms_nothing()
    {
        Check("a");
        var due = _tag.Due;
        _now += TimeSpan.FromSeconds(1);
        Check("a");
        Assert.Null(_tag.Manifest);
        Assert.Equal(due, _tag.Due);
    }

    [Fact]
    public void A_moved_tag_counts_at_the_second_check()
    {
        Known("a");
        CheckWhenDue("b");
        Assert.Equal("a", _tag.Manifest);
        Assert.True(_tag.IsPending);
        CheckWhenDue("b");
        Assert.Equal("b", _tag.Manifest);
        Assert.False(_tag.IsPending);
    }

    [Trait("Image", "flapping")]
    [Fact]
    public void Given_one_server_that_lags_behind_nothing_moves()
    {
        Known("a");
        foreach (var digest in (string[])["b", "a", "b", "a", "c", "a"])
        {
            CheckWhenDue(digest);
            Assert.Equal("a", _tag.Manifest);
        }

        Assert.False(_tag.IsFlapping);
    }

    [Trait("Image", "moved-back")]
    [Fact]
    public void Moving_back_is_a_move_like_any_other()
    {
        Known("a");
        Moved("b");
        Moved("a");
        Assert.False(_tag.IsFlapping);
        Moved("c");
        Assert.Null(_tag.Problem);
    }

    [Trait("Image", "flapping")]
    [Fact]
    public void A_flapping_tag_is_held_until_it_is_stable()
    {
        Known("a");
        Moved("b");
        Moved("a");
        CheckWhenDue("b");
        CheckWhenDue("b");
        Assert.Equal(("a", true), (_tag.Manifest, _tag.IsFlapping));
        Assert.Contains("keeps switching", _tag.Problem, StringComparison.Ordinal);
        var held = _now;
        while (_tag.IsFlapping)
        {
            Assert.Equal("a", _tag.Manifest);
            CheckWhenDue("b");
        }

        Assert.Equal("b", _tag.Manifest);
        Assert.InRange(_now - held, Timings.Quarantine, Timings.Quarantine + (Timings.Interval * 1.1));
        Assert.Null(_tag.Problem);
    }

    [Fact]
    public void A_tag_that_keeps_flapping_is_held_for_as_long()
    {
        Known("a");
        Moved("b");
        Moved("a");
        CheckWhenDue("b");
        CheckWhenDue("b");
        for (var i = 0; i < 50; i++)
        {
            CheckWhenDue(i % 4 < 2 ? "a" : "b");
            Assert.Equal(("a", true), (_tag.Manifest, _tag.IsFlapping));
        }
    }

    [Fact]
    public void Moves_outside_the_window_are_forgotten()
    {
        Known("a");
        Moved("b");
        Moved("a");
        var until = _now + Timings.Window;
        while (_now < until)
        {
            CheckWhenDue("a");
        }

        Moved("b");
        Assert.False(_tag.IsFlapping);
    }

    [Theory]
    [InlineData(ResolutionStatus.NotFound, true)]
    [InlineData(ResolutionStatus.BadCredential, true)]
    [InlineData(ResolutionStatus.Refused, true)]
    [InlineData(ResolutionStatus.NotARegistry, true)]
    [InlineData(ResolutionStatus.Unavailable, false)]
    [InlineData(ResolutionStatus.Deferred, false)]
    [InlineData(ResolutionStatus.RateLimited, false)]
    public void A_failed_check_changes_nothing_and_is_reported_when_it_lasts(ResolutionStatus reason, bool reported)
    {
        Known("a");
        Fail(reason);
        Assert.Equal(("a", null), (_tag.Manifest, _tag.Problem));
        Fail(reason);
        Assert.Equal(("a", reported ? "is wrong" : null), (_tag.Manifest, _tag.Problem));
        CheckWhenDue("a");
        Assert.Null(_tag.Problem);
    }

    [Fact]
    public void Given_a_failure_between_two_equal_digests_the_second_confirms()
    {
        Known("a");
        CheckWhenDue("b");
        Fail(ResolutionStatus.Unavailable);
        CheckWhenDue("b");
        Assert.Equal("b", _tag.Manifest);
    }

    [Fact]
    public void The_registry_says_when_to_check_again()
    {
        Fail(ResolutionStatus.RateLimited, TimeSpan.FromHours(1));
        Assert.InRange(_tag.Due - _now, TimeSpan.FromHours(1), TimeSpan.FromHours(2));
        Fail(ResolutionStatus.Deferred, TimeSpan.FromMilliseconds(100));
        Assert.InRange(_tag.Due - _now, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));

        // Rejected credentials are not sent for hours, but there may be others meanwhile.
        Fail(ResolutionStatus.BadCredential, TimeSpan.FromHours(6));
        Assert.InRange(_tag.Due - _now, TimeSpan.Zero, Timings.Interval * 1.1);
    }

    private void Known(string digest)
    {
        Check(digest);
        CheckWhenDue(digest);
        Assert.Equal(digest, _tag.Manifest);
    }

    private void Moved(string digest)
    {
        CheckWhenDue(digest);
        CheckWhenDue(digest);
        Assert.Equal(digest, _tag.Manifest);
    }

    private void CheckWhenDue(string digest)
    {
        _now = _tag.Due;
        Check(digest);
    }

    private void Check(string digest)
    {
        _tag = _tag.Next(new Resolution.Found(digest), _now, Timings, 0.5);
        Assert.True(_tag.Due > _now);
    }

    private void Fail(ResolutionStatus reason, TimeSpan? after = null)
    {
        _now = _tag.Due;
        _tag = _tag.Next(new Resolution.Failed(reason, "is wrong", after), _now, Timings, 0.5);
        Assert.True(_tag.Due > _now);
    }
}
