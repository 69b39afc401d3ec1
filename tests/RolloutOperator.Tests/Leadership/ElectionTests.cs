using k8s.Models;
using RolloutOperator.Leadership;

namespace RolloutOperator.Tests.Leadership;

public class ElectionTests
{
    private static readonly LeaseTimes Times = LeaseTimes.Default;

    private readonly SimulatedLease _lease = new(15);
    private ElectionState _state = ElectionState.Start;
    private Election _election = new("me", isUnique: false, Times);
    private ElectionRequest? _request;
    private TimeSpan _now;

    [Fact]
    public void A_Lease_that_does_not_exist_is_created_at_once()
    {
        Hear();
        Assert.Equal(new ElectionRequest.Write(null, "me", 0), _request);
        Answer();
        Assert.True(_state.Leads);
    }

    [Fact]
    public void Without_a_watch_the_Lease_is_read_after_one_retry_period()
    {
        Assert.Equal(Times.RetryPeriod, _election.NextTick(_state));
        At(Times.RetryPeriod);
        Assert.IsType<ElectionRequest.Read>(_request);
    }

    [Fact]
    public void A_Lease_is_acquired_when_it_has_not_changed_for_its_duration()
    {
        Held("other", seconds: 20);
        _now = TimeSpan.FromSeconds(3);
        Hear();
        Assert.Null(_request);
        Assert.Equal(TimeSpan.FromSeconds(23), _election.NextTick(_state));
        At(TimeSpan.FromSeconds(22.99));
        Assert.Null(_request);
        At(TimeSpan.FromSeconds(23));
        Assert.Equal(new ElectionRequest.Write(_lease.Lease!.Version, "me", 8), _request);
    }

    [Fact]
    public void A_renewal_by_the_other_starts_the_wait_anew_and_a_new_label_does_not()
    {
        Held("other");
        Hear();
        _now = TimeSpan.FromSeconds(10);
        _lease.Put(_lease.Lease!);
        Hear();
        Assert.Equal(TimeSpan.FromSeconds(15), _election.NextTick(_state));
        _lease.Put(_lease.Lease! with { Spec = _lease.Lease.Spec with { RenewTime = DateTime.UnixEpoch.AddHours(1) } });
        Hear();
        Assert.Equal(TimeSpan.FromSeconds(25), _election.NextTick(_state));
    }

    [Fact]
    public void A_Lease_that_is_given_back_is_taken_at_once()
    {
        Held("other");
        Hear();
        Held("");
        Hear();
        Assert.Equal(new ElectionRequest.Write(_lease.Lease!.Version, "me", 8), _request);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Our_name_in_the_Lease_is_ours_at_once_only_if_nobody_else_can_have_it(bool unique)
    {
        _election = new("me", unique, Times);
        Held("me");
        Hear();
        if (!unique)
        {
            Assert.Null(_request);
            At(TimeSpan.FromSeconds(15));
        }

        Assert.Equal(new ElectionRequest.Write(_lease.Lease!.Version, "me", 7), _request);
    }

    [Theory]
    [InlineData(null, 15)]
    [InlineData(0, 15)]
    [InlineData(-3, 15)]
    [InlineData(int.MaxValue, 300)]
    public void What_no_holder_of_ours_states_is_not_believed(int? stated, double seconds)
    {
        Held("other", stated);
        Hear();
        Assert.Equal(TimeSpan.FromSeconds(seconds), _election.NextTick(_state));
    }

    [Fact]
    public void A_Lease_that_says_nothing_at_all_is_free()
    {
        _lease.Put(new());
        Hear();
        Assert.IsType<ElectionRequest.Write>(_request);
    }

    [Fact]
    public void The_count_of_transitions_stays_within_its_type()
    {
        _lease.Put(new() { Spec = new() { HolderIdentity = "", LeaseTransitions = int.MaxValue } });
        Hear();
        Assert.Equal(int.MaxValue, Assert.IsType<ElectionRequest.Write>(_request).Transitions);
    }

    [Fact]
    public void A_leader_renews_every_retry_period_and_says_nothing_of_a_transition()
    {
        Lead();
        Assert.Equal(Times.RetryPeriod, _election.NextTick(_state));
        At(Times.RetryPeriod);
        Assert.Equal(new ElectionRequest.Write(_lease.Lease!.Version, "me", null), _request);
        Answer();
        Assert.Equal(2 * Times.RetryPeriod, _election.NextTick(_state));
    }

    [Fact]
    public void A_leader_acts_until_the_deadline_after_it_sent_and_not_after_it_was_answered()
    {
        Hear();
        Answer(after: TimeSpan.FromSeconds(3));
        Assert.Equal(Times.RenewDeadline, _election.LeadsUntil(_state));
        Answer(new ElectionInput.Tick(), at: Times.RenewDeadline - TimeSpan.FromTicks(1));
        Assert.True(_state.Leads);
        Answer(new ElectionInput.Tick(), at: Times.RenewDeadline);
        Assert.False(_state.Leads);
    }

    [Fact]
    public void An_answer_that_comes_after_the_deadline_makes_no_leader()
    {
        Hear();
        Answer(after: Times.RenewDeadline);
        Assert.False(_state.Leads);
        Assert.Null(_election.LeadsUntil(_state));
    }

    [Fact]
    public void A_renewal_that_fails_is_made_again_and_what_the_fence_allows_stays_as_it_was()
    {
        Lead();
        At(Times.RetryPeriod);
        Answer(Failure());
        Assert.True(_state.Leads);
        Assert.Equal(Times.RenewDeadline, _election.LeadsUntil(_state));
        Assert.Equal(2 * Times.RetryPeriod, _election.NextTick(_state));
    }

    [Fact]
    public void A_leader_that_was_cut_off_takes_its_own_Lease_again_if_nobody_has_written_since()
    {
        Lead();
        At(Times.RetryPeriod);
        Answer(Failure(), at: Times.RenewDeadline);
        Assert.False(_state.Leads);
        At(Times.RenewDeadline + Times.RetryPeriod);
        Assert.Equal(new ElectionRequest.Write(_lease.Lease!.Version, "me", 0), _request);
        Answer();
        Assert.True(_state.Leads);
    }

    [Fact]
    public void A_leader_that_hears_of_another_one_stops_at_once()
    {
        Lead();
        Held("other");
        Hear();
        Assert.False(_state.Leads);
        Assert.Equal(TimeSpan.FromSeconds(15), _election.NextTick(_state));
    }

    [Fact]
    public void A_leader_with_a_conflict_reads_the_Lease_and_goes_on_if_it_still_holds_it()
    {
        Lead();
        _lease.Put(_lease.Lease!);
        At(Times.RetryPeriod);
        Answer();
        Assert.IsType<ElectionRequest.Read>(_request);
        Answer();
        Assert.True(_state.Leads);
        At(_now + (Times.RetryPeriod / 4));
        Assert.Equal(_lease.Lease!.Version, Assert.IsType<ElectionRequest.Write>(_request).Version);
    }

    [Fact]
    public void A_leader_whose_Lease_is_deleted_makes_it_again_at_once_and_the_others_wait()
    {
        Lead();
        var other = new Election("other", false, Times);
        var (waiting, _) = other.Next(ElectionState.Start, new ElectionInput.Watched(_lease.Now), _now, 0);
        _lease.Delete();
        (waiting, var theirs) = other.Next(waiting, new ElectionInput.Watched(_lease.Now), _now, 0);
        Assert.Null(theirs);
        Assert.Equal(TimeSpan.FromSeconds(15), other.NextTick(waiting));
        (waiting, _) = other.Next(waiting, new ElectionInput.Watched(_lease.Now with { At = new(999) }), _now, 0);
        Assert.Equal(TimeSpan.FromSeconds(15), other.NextTick(waiting));

        Hear();
        Assert.Equal(new ElectionRequest.Write(null, "me", 0), _request);
        Assert.True(_state.Leads);
    }

    [Fact]
    public void What_the_watch_tells_late_changes_nothing()
    {
        Held("other");
        var old = _lease.Now;
        Held("");
        Hear();
        Answer();
        Answer(new ElectionInput.Watched(old));
        Assert.True(_state.Leads);
    }

    [Fact]
    public void Only_a_leader_releases_the_Lease_at_the_version_that_it_has()
    {
        Assert.Null(Election.Release(_state));
        Lead();
        Assert.Equal(new ElectionRequest.Write(_lease.Lease!.Version, "", null), Election.Release(_state));
    }

    private static ElectionInput.Failed Failure() => new("do", "no", Refused: false);

    private void Lead()
    {
        Hear();
        Answer();
        Assert.True(_state.Leads);
    }

    private void Held(string holder, int? seconds = 15) =>
        _lease.Put(new() { Spec = new() { HolderIdentity = holder, LeaseDurationSeconds = seconds, RenewTime = DateTime.UnixEpoch + _now, LeaseTransitions = 7 } });

    private void Hear() => Answer(new ElectionInput.Watched(_lease.Now));

    private void At(TimeSpan now) => Answer(new ElectionInput.Tick(), now);

    /// <summary>The server answers what was asked.</summary>
    private void Answer(TimeSpan after = default) => Answer(_lease.Answer(_request!, _now), _now + after);

    private void Answer(ElectionInput input, TimeSpan? at = null)
    {
        _now = at ?? _now;
        (_state, _request) = _election.Next(_state, input, _now, random: 0);
    }
}
