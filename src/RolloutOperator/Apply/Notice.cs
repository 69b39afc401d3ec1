using RolloutOperator.Core;

namespace RolloutOperator.Apply;

/// <summary>What an Event on a workload says.</summary>
/// <param name="Reason">One CamelCase word, from the closed set of the operator's reasons.</param>
/// <param name="Action">What was done, one CamelCase word.</param>
/// <param name="IsWarning">Whether somebody should look.</param>
/// <param name="Note">The sentence for people: names of sources and keys, never a value.</param>
internal sealed record Notice(string Reason, string Action, bool IsWarning, string Note)
{
    public static Notice Adopted(Plan.Adopt plan) => new(
        "Adopted", "Adopt", false, $"Watching {Count(plan.Ledger.Sources.Count)}; the pods are taken to have read the present state");

    public static Notice RolloutTriggered(Plan.Roll plan) => new(
        "RolloutTriggered", "Roll", false, $"{ChangeCause.Describe(plan.Changes)}: rollout {plan.Ledger.Rollout}");

    public static Notice RolloutHeld(Plan.Hold plan) => new(
        "RolloutHeld", "Hold", false, $"{ChangeCause.Describe(plan.Changes)}; no rollout, since {plan.Reason}");

    public static Notice Blocked(Plan.Blocked plan) => new(
        "Blocked", "Wait", true, "No rollout while " + string.Join("; ", plan.Reasons.Take(5).Select(r => $"{r.Source} {r.Reason}")));

    public static Notice RolloutFailed(string message) => new(
        "RolloutFailed", "Patch", true, "The API server refused the operator's patch, trying again: " + message);

    public static Notice PatchFailing(string message) => new(
        "RolloutFailed", "Patch", true, "The operator's patch fails again and again, trying again: " + message);

    private static string Count(int sources) => sources == 1 ? "1 source" : $"{sources} sources";
}
