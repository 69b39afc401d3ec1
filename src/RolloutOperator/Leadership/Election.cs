using k8s.Models;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Leadership;

/// <summary>
/// The election, from the view of one candidate. Pure: from a state and an input follow the next state and a request.
/// <see cref="Elector"/> drives it.
/// </summary>
/// <remarks>
/// Two never lead at the same time: a write needs the version that its writer has observed. So whoever acquires the Lease has
/// observed the last renewal, after it was sent. From then on it waits for the whole stated duration, while the holder leads
/// no longer than the shorter deadline after it sent the renewal. Each measures durations on its own clock.
/// </remarks>
/// <param name="identity">The identity of this candidate.</param>
/// <param name="isUnique">Whether no other process can have this identity while this one lives.</param>
/// <param name="times">The times.</param>
internal sealed class Election(string identity, bool isUnique, LeaseTimes times)
{
    /// <summary>The state after an input, and the request to send, if any.</summary>
    /// <param name="state">The state before.</param>
    /// <param name="input">What happened.</param>
    /// <param name="now">The time on the candidate's clock.</param>
    /// <param name="random">From 0 (inclusive) to 1 (exclusive).</param>
    public (ElectionState State, ElectionRequest? Request) Next(ElectionState state, ElectionInput input, TimeSpan now, double random)
    {
        var pause = times.RetryPeriod * (1 + (LeaseTimes.Spread * random));
        var next = Expire(Apply(state, input, now, pause), now);
        return RequestAt(next) <= now && !next.IsRequesting ? (next with { IsRequesting = true }, Request(next)) : (next, null);
    }

    /// <summary>Until when this candidate leads if nothing else happens; null if it does not lead.</summary>
    public TimeSpan? LeadsUntil(ElectionState state) => state.Renewed + times.RenewDeadline;

    /// <summary>When a tick makes a difference; null while only a response does.</summary>
    public TimeSpan? NextTick(ElectionState state) => (LeadsUntil(state), state.IsRequesting) switch
    {
        ({ } deadline, true) => deadline,
        ({ } deadline, false) => deadline < RequestAt(state) ? deadline : RequestAt(state),
        (null, true) => null,
        (null, false) => RequestAt(state),
    };

    /// <summary>The write that releases the Lease, to be sent after all writes that it guards; null if it is not held.</summary>
    public static ElectionRequest.Write? Release(ElectionState state) =>
        state is { Leads: true, Observed.Lease: { } lease } ? new(lease.Version, "", Transitions: null) : null;

    private ElectionState Apply(ElectionState state, ElectionInput input, TimeSpan now, TimeSpan pause) => input switch
    {
        ElectionInput.Watched watched => IsNewer(state.Observed, watched.Observation) ? Observe(state, watched.Observation, now) : state,

        // A read counts whatever its version: etcd may have been restored from a backup.
        ElectionInput.Read read => Observe(
            state with { IsRequesting = false, IsOutdated = false, Due = Later(state.Due, now + (times.RetryPeriod / 4)) },
            read.Lease is { } lease ? LeaseObservation.Of(lease) : new(state.Observed?.At ?? ResourceVersion.Unknown, null),
            now),
        ElectionInput.Accepted accepted => Acquire(state with { IsRequesting = false }, accepted, pause),
        ElectionInput.Conflict => state with { IsRequesting = false, IsOutdated = true, Due = now },
        ElectionInput.Failed => state with { IsRequesting = false, Due = now + pause },
        _ => state,
    };

    /// <summary>Ends leadership after the deadline: the process may have been suspended, and responses may be old.</summary>
    private ElectionState Expire(ElectionState state, TimeSpan now) =>
        LeadsUntil(state) <= now ? state with { Renewed = null } : state;

    private TimeSpan RequestAt(ElectionState state) =>
        state.Observed is null ? Later(state.Due, times.RetryPeriod)
        : state.IsOutdated || state.Leads ? state.Due
        : Later(state.Due, state.FreeAt);

    private ElectionRequest Request(ElectionState state) =>
        state.Observed is null || state.IsOutdated ? new ElectionRequest.Read()
        : state.Observed.Lease is not { } lease ? new ElectionRequest.Write(null, identity, Transitions: 0)
        : new ElectionRequest.Write(lease.Version, identity, state.Leads ? null : TransitionsAfter(lease));

    private int TransitionsAfter(V1Lease lease) =>
        lease.Holder == identity || lease.Transitions == int.MaxValue ? lease.Transitions : lease.Transitions + 1;

    private ElectionState Observe(ElectionState state, LeaseObservation observation, TimeSpan now)
    {
        var lost = state.Leads && observation.Lease is { } lease && lease.Holder != identity;
        var gone = state.Leads && observation.Lease is null;
        return state with
        {
            Observed = observation,
            FreeAt = IsSameHold(state.Observed, observation) ? state.FreeAt : now + HeldFor(observation.Lease, state),
            Renewed = lost ? null : state.Renewed,
            Due = gone ? now : state.Due,
        };
    }

    private ElectionState Acquire(ElectionState state, ElectionInput.Accepted accepted, TimeSpan pause)
    {
        var written = LeaseObservation.Of(accepted.Lease);
        var mine = state with { Written = accepted.Lease.Version, Due = accepted.Sent + pause };

        // The watch may have reported this write, or a later one, before the response arrived.
        if (state.Observed is null || !state.Observed.At.IsKnownAfter(written.At))
        {
            return mine with { Observed = written, FreeAt = accepted.Sent, Renewed = accepted.Sent, IsOutdated = false };
        }

        return state.Observed.Lease is { } lease ? mine with { Renewed = lease.Holder == identity ? accepted.Sent : null }
            : state with { Renewed = state.Leads ? accepted.Sent : null };
    }

    private static bool IsNewer(LeaseObservation? before, LeaseObservation observation) =>
        before is null || !before.At.IsKnown || !observation.At.IsKnown || observation.At.IsKnownAfter(before.At);

    // A change of labels, for example, is no renewal.
    private static bool IsSameHold(LeaseObservation? before, LeaseObservation observation) => (before, observation.Lease) switch
    {
        (null, _) => false,
        ({ Lease: { } old }, { } lease) => old.Spec == lease.Spec,
        _ => before.Lease is null && observation.Lease is null,
    };

    /// <summary>How long the holder may go on at most, from now.</summary>
    private TimeSpan HeldFor(V1Lease? lease, ElectionState state) => lease switch
    {
        // After a deletion, the last holder may still act, whether or not it was observed.
        null => state.Observed?.Lease is { } last ? Later(times.Duration, Stated(last)) : TimeSpan.Zero,
        _ when lease.Holder.Length == 0 => TimeSpan.Zero,
        _ when lease.Holder == identity && (isUnique || lease.Version == state.Written) => TimeSpan.Zero,
        _ => Stated(lease),
    };

    private TimeSpan Stated(V1Lease lease) => lease.DurationSeconds is > 0 and { } seconds
        ? TimeSpan.FromSeconds(Math.Min(seconds, LeaseTimes.LongestDuration.TotalSeconds))
        : times.Duration;

    private static TimeSpan Later(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
