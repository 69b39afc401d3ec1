using System.Diagnostics.Metrics;

namespace RolloutOperator.Serve;

/// <content>Who leads.</content>
internal sealed partial class Instruments
{
    private readonly Counter<long> _leaderTransitions;
    private readonly Counter<long> _leaseRenewals;
    private Func<bool> _leads = static () => false;

    /// <summary>What came of taking, renewing or giving back the Lease.</summary>
    internal enum RenewalResult
    {
        Ok,
        Conflict,
        Refused,
        Failed,
    }

    /// <param name="leads">Whether this replica may write. Called at each scrape.</param>
    internal void ObserveLeader(Func<bool> leads) => _leads = leads;

    /// <summary>This replica became the leader, or ceased to be.</summary>
    internal void RecordLeaderTransition() => _leaderTransitions.Add(1);

    internal void RecordLeaseRenewal(RenewalResult result) => _leaseRenewals.Add(1, Label("result", Text(result)));

    private (Counter<long> Transitions, Counter<long> Renewals) CreateElection()
    {
        Gauge("rollout_operator.leader", null, "1 while this replica leads, which means that it may write.", () => _leads() ? 1 : 0);
        return (
            Count("rollout_operator.leader.transitions", "{transition}", "How often this replica became the leader or ceased to be."),
            Count("rollout_operator.lease.renewals", "{renewal}", "Writes of the Lease: taking, renewing and giving it back.", Of<RenewalResult>("result")));
    }
}
