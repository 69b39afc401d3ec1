using System.Text.Json;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Deciding;

/// <summary>Says everything about the decision on one workload.</summary>
internal static class Explainer
{
    private const int MostRollouts = 5;

    /// <param name="decision">The decision.</param>
    /// <param name="workload">The object.</param>
    /// <param name="history">Its rollouts.</param>
    /// <param name="installation">The operator.</param>
    public static Explanation Explain(Decision decision, JsonElement workload, HistoryReport history, Installation installation)
    {
        var places = Places.Of(workload, decision.Found.Kind, decision.Workload.Settings, installation.Rules);
        var ledger = decision.Workload.OwnLedger;
        return new()
        {
            Workload = decision.ToReport(),
            Enrolment = Enrolment(decision, workload, installation),
            Sources = [.. decision.Snapshot.Resolved().Sources.Select(source => Source(source, places[source.Use.Source], ledger))],
            Ledger = ledger is null ? null : new(ledger.Rollout, ledger.By, ledger.Key, ledger.Sequence),
            Decision = Sentence(decision),
            Remedies = [.. Remedies(decision, workload)],
            Mistakes = [.. new Mistakes(decision, workload, installation).Find()],
            Rollouts = [.. history.Rollouts.Take(MostRollouts)],
            Doubts = [.. installation.Doubts, .. history.Doubts],
        };
    }

    private static string Enrolment(Decision decision, JsonElement json, Installation installation)
    {
        var workload = decision.Workload;
        var label = json.Member("metadata").Member("labels").Text(Names.Enabled);
        return workload.Enrolled
            ? label == "true" ? $"by its label {Names.Enabled}=true"
                : installation.Rules.Enrolment == Core.Templates.Enrolment.Automatic ? "by the operator's option --auto"
                : !installation.Rules.Enrolment.NeedsLabel ? $"by the operator's selector {installation.Rules.Enrolment.Selector}"
                : $"by the label {Names.Enabled}=true of its namespace"
            : label == "false" ? $"not, since its label {Names.Enabled} is \"false\""
            : label == "true" ? "not, since the operator does not watch its namespace"
            : decision.Found.EnrolmentDoubt is { } doubt ? $"not by a label of its own; {doubt}"
            : label is not null ? $"not, since its label {Names.Enabled} is \"{label}\": only \"true\" enrols"
            : $"not: it has no label {Names.Enabled}";
    }

    private static SourceReport Source(ObservedSource source, IEnumerable<PlaceReport> places, Ledger? ledger)
    {
        var digest = SourceDigest.Of(source, ledger);
        return new()
        {
            Source = source.Use.Source.ToString(),
            Places = [.. places],
            Required = source.Use.Required,
            State = StateOf(source, digest, ledger),
            Before = ledger?.Sources.GetValueOrDefault(source.Use.Source.ToString()),
            Now = digest.ToLedger(),
            Version = source.State is SourceState.Present { Since: { IsKnown: true } version } ? $"{version}" : null,
        };
    }

    private static string StateOf(ObservedSource source, SourceDigest digest, Ledger? ledger)
    {
        var known = ledger is not null && ledger.Sources.ContainsKey(source.Use.Source.ToString());
        return source.State switch
        {
            SourceState.Forbidden forbidden => forbidden.Detail,
            SourceState.Unread => "not read",
            SourceState.Image => "checked by the operator alone",
            SourceState.Present { IsIgnored: true } => $"ignored, since it says so ({Names.Ignore})",
            SourceState.Missing when source.Use.Required => "missing",
            SourceState.Missing when !known => "absent (optional)",
            _ when ledger is null => "present",
            _ when !known => "new to the workload",
            _ when digest.ToLedger() == ledger.Sources[source.Use.Source.ToString()] => source.State is SourceState.Missing ? "absent, as before" : "unchanged",
            SourceState.Missing => "deleted",
            _ when source.Use.Source.Kind == SourceKind.Secret && ledger.Key.Length > 0 => "differs, or is under another digest key",
            _ => "changed",
        };
    }

    private static string Sentence(Decision decision) => decision.Plan switch
    {
        _ when decision.State == WorkloadState.Unknown => $"It cannot be said: {decision.Reason}.",
        Plan.NotEnrolled => "The operator leaves it alone.",
        Plan.Roll => $"It would be rolled: {decision.Reason}.",
        Plan.Hold => $"It is held: {decision.Reason}.",
        Plan.Blocked => $"It is blocked: {decision.Reason}.",
        Plan.Contended => $"It is contended: {decision.Reason}.",
        Plan.Standby => $"It is left to another installation: {decision.Reason}.",
        Plan.Adopt => "It would be adopted: the present state is written into its ledger, and nothing restarts.",
        Plan.Absorb => $"The ledger would be written again, and nothing restarts: {decision.Reason}.",
        _ => $"Nothing is to do: {decision.Reason}.",
    };

    private static IEnumerable<string> Remedies(Decision decision, JsonElement workload) => decision.Plan switch
    {
        _ when decision.State == WorkloadState.Unknown => [],
        Plan.NotEnrolled => [$"Enrol it: kubectl label {decision.Workload.Ref.Kind.ToLowerInvariant()} {decision.Workload.Ref.Name} -n {decision.Workload.Ref.Namespace} {Names.Enabled}=true --overwrite"],
        Plan.Roll => [$"Hold it back with the annotation {Names.Pause}=true."],
        Plan.Hold => [$"Remove the annotation {Names.Pause}, and it rolls."],
        Plan.Contended => [$"Make {decision.Workload.LastManager ?? "whoever sets it back"} leave annotations of the pod template that begin with {Names.Prefix} alone."],
        Plan.Standby => ["Give the workload to one installation only, for example with --namespace or --workload-selector."],
        _ => decision.State == WorkloadState.Failed && decision.Found.Kind.Rule.Obstacle(workload) is { } obstacle ? [$"Put out of the way: {obstacle}."] : [],
    };
}
