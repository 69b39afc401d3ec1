using System.Collections.Frozen;

namespace RolloutOperator.Serve;

/// <content>What the operator may not do.</content>
internal sealed partial class Instruments
{
    private static readonly FrozenSet<string> RightsResources = Vocabulary.Watched.Concat(["events", "leases", "serviceaccounts"]).ToFrozenSet();
    private static readonly FrozenSet<string> RightsVerbs = FrozenSet.Create("get", "list", "watch", "create", "patch");

    private Func<IEnumerable<(string Resource, string Verb)>> _missingRights = static () => [];

    /// <param name="missing">The rights that are known to be missing, by the resource (<c>configmaps</c>) and the verb. Called at each scrape.</param>
    internal void ObserveMissingRights(Func<IEnumerable<(string Resource, string Verb)>> missing) => _missingRights = missing;

    private void CreateRights() => Gauge(
        "rollout_operator.missing_rights",
        "{right}",
        "Rights that the operator needs and does not have.",
        Of("resource", RightsResources),
        Of("verb", RightsVerbs),
        (resource, verb) => _missingRights().Count(right => Known(right.Resource, RightsResources) == resource && right.Verb == verb));
}
