using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Applying;

/// <summary>The content of an Event on a workload.</summary>
/// <param name="Reason">One CamelCase word, from the closed set of the operator's reasons.</param>
/// <param name="Action">What was done, one CamelCase word.</param>
/// <param name="IsWarning">Whether a person should look at it.</param>
/// <param name="Note">The message: names of sources and keys, never a value.</param>
internal sealed record EventMessage(string Reason, string Action, bool IsWarning, string Note)
{
    private const int ManyLosses = 3;

    // An annotation can have 256 KiB of mistakes, and the note of an Event has at most 1,024 bytes.
    private const int MostProblems = 3;

    /// <summary>Why a ledger was written, or null if that is not worth an Event.</summary>
    public static EventMessage? Adopted(Plan.Adopt plan, Workload workload) => plan.Reason switch
    {
        Adoption.First => new(
            "Adopted", "Adopt", false, $"Watching {Count(plan.Ledger.Sources.Count)}; the pods are taken to have read the present state"),
        Adoption.Asked => new(
            "Adopted", "Adopt", false, $"No rollout, since the annotation {Names.Adopt} says so; the pods are taken to have read the present state"),
        Adoption.Untold => new(
            "DigestKeyChanged", "Adopt", true,
            "The digest key was replaced and the old one is not known: the pods are taken to have read the present state of their Secrets; "
            + "if one was changed around that time, restart them"),
        Adoption.Recounted => null,
        _ when workload.LedgerLosses >= ManyLosses => new(
            "Contended", "Adopt", true, $"{By(workload.LastManager)} removes the annotation {Names.Ledger} or puts an earlier one back, again and again; it is written again, ever more slowly"),
        _ => null,
    };

    public static EventMessage Contended(Plan.Contended plan) => new(
        "Contended", "Wait", true,
        $"{By(plan.By)} set the pod template back after each rollout; no more rollouts until a source or the rest of the template changes. "
        + $"Make it leave annotations of the pod template that begin with {Names.Prefix} alone");

    public static EventMessage Standby(Plan.Standby plan) => new(
        "Standby", "Wait", true,
        $"Another installation of the operator ({plan.By}) acts on this workload; this one stands by, and takes over when that one leaves a rollout undone. "
        + "Give the workload to one of them only, for example with --namespace or --workload-selector");

    /// <param name="plan">The plan.</param>
    /// <param name="restraint">Why Kubernetes will not replace all pods by itself, or null.</param>
    public static EventMessage RolloutTriggered(Plan.Roll plan, string? restraint) => new(
        "RolloutTriggered", "Roll", false,
        $"{plan.Cause}: rollout {plan.Ledger.Rollout}" + (restraint is null ? "" : "; " + restraint));

    /// <param name="rollout">The number of the rollout.</param>
    /// <param name="pods">The number of pods, all of them new.</param>
    /// <param name="took">The time since the change, if it is known.</param>
    public static EventMessage RolloutComplete(int rollout, int pods, TimeSpan? took) => new(
        "RolloutComplete", "Track", false,
        $"Rollout {rollout} is complete{(took is { } time ? $" {Duration.Describe(time)} after the change" : "")}: "
        + pods switch { 0 => "there are no pods", 1 => "the pod is new", _ => $"all {pods} pods are new" });

    public static EventMessage RolloutHeld(Plan.Hold plan) => new(
        "RolloutHeld", "Hold", false, $"{(plan.Changes.Length == 0 ? "The template was set back" : ChangeCause.Describe(plan.Changes))}; no rollout, since {plan.Reason}");

    public static EventMessage Blocked(Plan.Blocked plan) => new(
        "Blocked", "Wait", true, "No rollout while " + string.Join("; ", plan.Reasons.Take(5).Select(r => $"{r.Source} {r.Reason}")));

    public static EventMessage RolloutFailed(string message) => new(
        "RolloutFailed", "Patch", true, "The API server refused the operator's patch; retrying: " + message);

    public static EventMessage PatchFailing(string message) => new(
        "RolloutFailed", "Patch", true, "The operator's patch keeps failing; retrying: " + message);

    /// <param name="rollout">The number of the rollout.</param>
    /// <param name="reason">What is wrong, as a clause.</param>
    public static EventMessage RolloutFailed(int rollout, string reason) => new(
        "RolloutFailed", "Track", true, $"Rollout {rollout} has stalled: {reason}");

    public static EventMessage InvalidAnnotation(Settings settings) => new(
        "InvalidAnnotation", "Read", true, string.Join("; ", settings.Problems.Take(MostProblems).Select(p => $"{p.Annotation} has \"{p.Quote}\": allowed is {p.Allowed}"))
            + ". The safe reading is used");

    public static EventMessage MisplacedSetting(Workload workload) => new(
        "MisplacedSetting", "Read", true,
        $"{string.Join(", ", workload.Misplaced.Take(MostProblems))} on the pod template has no effect: write it on the metadata of the {workload.Ref.Kind} itself");

    public static EventMessage ImageNotFollowed(Workload workload) => new(
        "ImageNotFollowed", "Read", false, "Not followed: " + string.Join("; ", workload.Unfollowed.Take(MostProblems).Select(image => $"{image.Source}, since {image.Reason}")));

    /// <param name="sources">Which sources, and why they cannot be followed.</param>
    public static EventMessage SourceNotFollowed(IReadOnlyCollection<(SourceRef Source, string Reason)> sources) => new(
        "SourceNotFollowed", "Read", true, "Not followed, so changes of it roll nothing: "
            + string.Join("; ", sources.Take(MostProblems).Select(each => $"{each.Source} {each.Reason}"))
            + (sources.Count > MostProblems ? $"; and {sources.Count - MostProblems} more" : ""));

    /// <param name="problems">What is wrong with which image.</param>
    public static EventMessage ImageProblem(IEnumerable<(SourceRef Source, string Problem)> problems) => new(
        "ImageProblem", "Check", true, string.Join("; ", problems.Take(MostProblems).Select(each => $"{each.Source}: {each.Problem}")) + ". Nothing is rolled for that");

    /// <summary>The same of what a dry run only says.</summary>
    public EventMessage OfDryRun() => this with { Note = "Dry run: " + Note };

    private static string By(string? manager) => manager is null ? "Somebody" : $"Somebody ({manager}, as managedFields tell)";

    private static string Count(int sources) => sources == 1 ? "1 source" : $"{sources} sources";
}
