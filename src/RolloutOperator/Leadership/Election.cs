using k8s.Models;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Leadership;

/// <summary>
/// The election, as one candidate plays it. Pure: from where it stands and what happened follow where it stands then and
/// what it asks. The driver is <see cref="Elector"/>.
/// </summary>
/// <remarks>
/// What keeps two from leading at a time: a write needs the version that its writer has seen. So whoever takes the Lease
/// has seen the last renewal, after it was sent. From then it waits for the whole stated duration, while the one that
/// renewed leads no longer than the shorter deadline after it sent. Both measure lengths on a clock of their own.
/// </remarks>
/// <param name="identity">The name of this candidate in the Lease.</param>
/// <param name="unique">Whether no other process can have this name while this one lives: a pod's name is its own.</param>
/// <param name="times">The times.</param>
internal sealed class Election(string identity, bool unique, LeaseTimes times)
{
    /// <summary>The one step.</summary>
    /// <param name="state">Where the candidate stands.</param>
    /// <param name="input">What happened.</param>
    /// <param name="now">Its clock.</param>
    /// <param name="chance">From 0 (inclusive) to 1 (exclusive).</param>
    public (ElectionState State, ElectionRequest? Request) Next(ElectionState state, ElectionInput input, TimeSpan now, double chance)
    {
        var pause = times.RetryPeriod * (1 + (LeaseTimes.Spread * chance));
        var then = Expire(Take(state, input, now, pause), now);
        return Turn(then) <= now && !then.Asking ? (then with { Asking = true }, Request(then)) : (then, null);
    }

    /// <summary>Until when this candidate may act as the leader if nothing else happens; null when it may not.</summary>
    public TimeSpan? ActsUntil(ElectionState state) => state.Renewed + times.RenewDeadline;

    /// <summary>When time alone makes a difference; null while only an answer does.</summary>
    public TimeSpan? NextTick(ElectionState state) => (ActsUntil(state), state.Asking) switch
    {
        ({ } deadline, true) => deadline,
        ({ } deadline, false) => deadline < Turn(state) ? deadline : Turn(state),
        (null, true) => null,
        (null, false) => Turn(state),
    };

    /// <summary>The write by which a leader hands the Lease over, to be sent after all that it guards; null when there is nothing to hand over.</summary>
    public static ElectionRequest.Write? Release(ElectionState state) =>
        state is { Leads: true, Seen.Lease: { } lease } ? new(lease.Version, "", Transitions: null) : null;

    private ElectionState Take(ElectionState state, ElectionInput input, TimeSpan now, TimeSpan pause) => input switch
    {
        ElectionInput.Heard heard => IsNews(state.Seen, heard.Sight) ? Learn(state, heard.Sight, now) : state,

        // A read is the truth of its moment, whatever versions say: a cluster may have been restored from a backup.
        ElectionInput.Read read => Learn(
            state with { Asking = false, Doubtful = false, Due = Later(state.Due, now + (times.RetryPeriod / 4)) },
            read.Lease is { } lease ? LeaseObservation.Of(lease) : new(state.Seen?.At ?? ResourceVersion.Unknown, null),
            now),
        ElectionInput.Accepted accepted => Win(state with { Asking = false }, accepted, pause),
        ElectionInput.Overtaken => state with { Asking = false, Doubtful = true, Due = now },
        ElectionInput.Failed => state with { Asking = false, Due = now + pause },
        _ => state,
    };

    /// <summary>Fences this candidate off: it may have been stopped for any time, and its answers may be as old.</summary>
    private ElectionState Expire(ElectionState state, TimeSpan now) =>
        ActsUntil(state) <= now ? state with { Renewed = null } : state;

    private TimeSpan Turn(ElectionState state) =>
        state.Seen is null ? Later(state.Due, times.RetryPeriod)
        : state.Doubtful || state.Leads ? state.Due
        : Later(state.Due, state.FreeAt);

    private ElectionRequest Request(ElectionState state) =>
        state.Seen is null || state.Doubtful ? new ElectionRequest.Read()
        : state.Seen.Lease is not { } lease ? new ElectionRequest.Write(null, identity, Transitions: 0)
        : new ElectionRequest.Write(lease.Version, identity, state.Leads ? null : Passed(lease));

    private int Passed(V1Lease lease) =>
        lease.Holder == identity || lease.Transitions == int.MaxValue ? lease.Transitions : lease.Transitions + 1;

    private ElectionState Learn(ElectionState state, LeaseObservation sight, TimeSpan now)
    {
        var lost = state.Leads && sight.Lease is { } lease && lease.Holder != identity;
        var gone = state.Leads && sight.Lease is null;
        return state with
        {
            Seen = sight,
            FreeAt = IsSameHold(state.Seen, sight) ? state.FreeAt : now + Hold(sight.Lease, state),
            Renewed = lost ? null : state.Renewed,
            Due = gone ? now : state.Due,
        };
    }

    private ElectionState Win(ElectionState state, ElectionInput.Accepted accepted, TimeSpan pause)
    {
        var won = LeaseObservation.Of(accepted.Lease);
        var mine = state with { Written = accepted.Lease.Version, Due = accepted.Sent + pause };

        // The watch may have been faster than the answer, with this very write or with what came after it.
        if (state.Seen is null || !state.Seen.At.IsKnownAfter(won.At))
        {
            return mine with { Seen = won, FreeAt = accepted.Sent, Renewed = accepted.Sent, Doubtful = false };
        }

        return state.Seen.Lease is { } lease ? mine with { Renewed = lease.Holder == identity ? accepted.Sent : null }
            : state with { Renewed = state.Leads ? accepted.Sent : null };
    }

    private static bool IsNews(LeaseObservation? before, LeaseObservation sight) =>
        before is null || !before.At.IsKnown || !sight.At.IsKnown || sight.At.IsKnownAfter(before.At);

    // Labels may change without a sign of the holder.
    private static bool IsSameHold(LeaseObservation? before, LeaseObservation sight) => (before, sight.Lease) switch
    {
        (null, _) => false,
        ({ Lease: { } old }, { } lease) => old.Spec == lease.Spec,
        _ => before.Lease is null && sight.Lease is null,
    };

    /// <summary>How long whoever holds it may go on, at most, from now.</summary>
    private TimeSpan Hold(V1Lease? lease, ElectionState state) => lease switch
    {
        // One that is gone is held by whoever had it last, whether or not that was seen.
        null => state.Seen?.Lease is { } last ? Later(times.Duration, Stated(last)) : TimeSpan.Zero,
        _ when lease.Holder.Length == 0 => TimeSpan.Zero,
        _ when lease.Holder == identity && (unique || lease.Version == state.Written) => TimeSpan.Zero,
        _ => Stated(lease),
    };

    private TimeSpan Stated(V1Lease lease) => lease.DurationSeconds is > 0 and { } seconds
        ? TimeSpan.FromSeconds(Math.Min(seconds, LeaseTimes.LongestDuration.TotalSeconds))
        : times.Duration;

    private static TimeSpan Later(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
