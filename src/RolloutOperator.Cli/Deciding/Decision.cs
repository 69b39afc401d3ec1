using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Deciding;

/// <summary>The decision of the operator's planner about one workload.</summary>
/// <param name="Found">The workload.</param>
/// <param name="Snapshot">What was decided from.</param>
/// <param name="Plan">The plan.</param>
internal sealed record Decision(FoundWorkload Found, Snapshot Snapshot, Plan Plan)
{
    public Workload Workload => Found.Workload;

    /// <summary>Decides as the operator does: the same snapshot, the same planner.</summary>
    public static Decision Of(FoundWorkload found, SourceBook sources, Installation installation)
    {
        var snapshot = new Snapshot(
            found.Workload,
            [.. found.Workload.Sources.Select(use => new ObservedSource(use, sources.Find(found, use)))],
            installation.Keys.CurrentId)
        {
            Installation = installation.Name,
            EarlierKeyIds = [.. installation.Keys.Earlier],
            Rule = installation.Rule,
        };
        return new(found, snapshot, Planner.Plan(snapshot));
    }

    public WorkloadState State => StateOf(Plan);

    /// <summary>Why, as a clause for people.</summary>
    public string Reason => ReasonOf(Plan);

    /// <summary>The decision in one line.</summary>
    public WorkloadReport ToReport() => new()
    {
        Kind = Workload.Ref.Kind,
        Namespace = Workload.Ref.Namespace,
        Name = Workload.Ref.Name,
        State = State,
        Reason = Reason,
        Sources = Workload.Sources.Length,
        Rollouts = Workload.OwnLedger?.Rollout,
        LastWrite = Found.LastWrite,
    };

    // The sources that the caller may not read. The operator may, and decide otherwise.
    private IEnumerable<string> Unreadable => Snapshot.Sources
        .Select(each => each.State is SourceState.Forbidden forbidden ? $"{each.Use.Source} {forbidden.Detail}" : null).OfType<string>();

    private WorkloadState StateOf(Plan plan) => plan switch
    {
        Plan.NotEnrolled => Found.EnrolmentDoubt is null ? WorkloadState.NotEnrolled : WorkloadState.Unknown,
        Plan.Contended => WorkloadState.Contended,
        Plan.Blocked => WorkloadState.Blocked,
        Plan.Hold => WorkloadState.Held,
        Plan.Roll => WorkloadState.Stale,
        Plan.Waiting => WorkloadState.Unknown,
        Plan.Standby => WorkloadState.Standby,
        Plan.Adopt { Reason: Adoption.First } => WorkloadState.New,
        _ => Workload.Progress switch
        {
            RolloutProgress.Failed => WorkloadState.Failed,
            _ when Unreadable.Any() => WorkloadState.Unknown,
            RolloutProgress.Underway or RolloutProgress.Unobserved or RolloutProgress.Waiting => WorkloadState.Rolling,
            _ => WorkloadState.UpToDate,
        },
    };

    private string ReasonOf(Plan plan) => plan switch
    {
        Plan.NotEnrolled => Found.EnrolmentDoubt ?? "it is not enrolled",
        Plan.Contended contended => $"{contended.By ?? "somebody"} sets the pod template back after each rollout",
        Plan.Blocked blocked => string.Join("; ", blocked.Reasons.Select(each => $"{each.Source} {each.Reason}")),
        Plan.Hold hold => $"{(hold.Changes.IsEmpty ? "the template was set back" : ChangeCause.Describe(hold.Changes))}; no rollout, since {hold.Reason}",
        Plan.Roll roll => roll.Cause,
        Plan.Waiting waiting => $"{string.Join(", ", waiting.Sources)} could not be read as of now",
        Plan.Standby standby => $"the installation {standby.By} acts on it",
        Plan.Adopt { Reason: Adoption.First } => "the operator has not written a ledger yet; its pods are taken to have read the present state",
        _ when State == WorkloadState.Unknown => string.Join("; ", Unreadable),
        Plan.Adopt { Reason: Adoption.Asked } => $"no rollout, since the annotation {Names.Adopt} says that its pods have read the present state",
        Plan.Absorb absorb => $"{ChangeCause.Describe(absorb.Changes)}; its pods have read that, or will without another rollout",
        _ => Progress(),
    };

    private string Progress() => Workload.Progress switch
    {
        RolloutProgress.Failed failed => failed.Reason,
        RolloutProgress.Waiting waiting => waiting.Reason,
        RolloutProgress.Underway underway => $"{underway.New} of {underway.Desired} pods are new",
        RolloutProgress.Unobserved => "its controller has not seen the new template yet",
        _ => "its pods have read the present state",
    };
}
