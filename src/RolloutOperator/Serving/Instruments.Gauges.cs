using System.Collections.Frozen;

namespace RolloutOperator.Serving;

/// <content>States, read at each scrape.</content>
internal sealed partial class Instruments
{
    private static readonly FrozenSet<string> PermissionResources = Vocabulary.Watched.Concat(["events", "leases", "serviceaccounts"]).ToFrozenSet();
    private static readonly FrozenSet<string> PermissionVerbs = FrozenSet.Create("get", "list", "watch", "create", "patch");

    private Func<bool> _leads = static () => false;
    private Func<int> _failing = static () => 0;
    private Func<int> _blocked = static () => 0;
    private Func<int> _held = static () => 0;
    private Func<StaleReason, int> _stale = static _ => 0;
    private Func<string, int> _sources = static _ => 0;
    private Func<IEnumerable<(string Resource, string Verb)>> _missing = static () => [];
    private (Func<string, bool> Read, ILookup<string, string> Resources) _synced = (static _ => false, ByLabel([], Vocabulary.Watched));
    private (Func<string, int> Read, ILookup<string, string> Kinds) _workloads = (static _ => 0, ByLabel([], Vocabulary.Kinds));

    /// <param name="leads">Whether this replica may write. Called at each scrape, as are all the following.</param>
    internal void ObserveLeader(Func<bool> leads) => _leads = leads;

    /// <param name="count">Workloads whose last reconcile failed.</param>
    internal void ObserveFailing(Func<int> count) => _failing = count;

    /// <param name="synced">From a resource (<c>configmaps</c>) to whether its store agrees with the cluster as far as the watch can tell.</param>
    /// <param name="resources">Every resource that is watched; those without a label value of their own are <c>other</c>, all together.</param>
    internal void ObserveSynced(Func<string, bool> synced, IEnumerable<string> resources) =>
        _synced = (synced, ByLabel(resources, Vocabulary.Watched));

    /// <param name="count">From a kind (<c>Deployment</c>) to the number of enrolled workloads of it.</param>
    /// <param name="kinds">Every kind that is watched; those without a label value of their own are <c>other</c>, all together.</param>
    internal void ObserveWorkloads(Func<string, int> count, IEnumerable<string> kinds) =>
        _workloads = (count, ByLabel(kinds, Vocabulary.Kinds));

    /// <param name="count">From a resource (<c>configmaps</c>, <c>secrets</c>) to the number of referenced sources held.</param>
    internal void ObserveSources(Func<string, int> count) => _sources = count;

    /// <param name="count">Workloads whose pods are older than their configuration, by the reason.</param>
    internal void ObserveStale(Func<StaleReason, int> count) => _stale = count;

    /// <param name="count">Workloads that wait for a source or a key that they cannot start without.</param>
    internal void ObserveBlocked(Func<int> count) => _blocked = count;

    /// <param name="count">Workloads with a rollout that is due and may not happen yet.</param>
    internal void ObserveHeld(Func<int> count) => _held = count;

    /// <param name="missing">The permissions that are known to be missing, by the resource (<c>configmaps</c>) and the verb.</param>
    internal void ObserveMissingPermissions(Func<IEnumerable<(string Resource, string Verb)>> missing) => _missing = missing;

    private void CreateGauges(string lease)
    {
        Gauge("leader_election_master_status", "1 while this replica leads, which means that it may write.", "name", [lease], _ => _leads() ? 1 : 0);
        Gauge("rollout_operator_watch_synced", "1 when the store of a watched resource is in sync.", "resource", Vocabulary.Watched, Synced);
        Gauge("rollout_operator_sources", "Referenced sources held.", "resource", Vocabulary.Sources, resource => _sources(resource));
        Gauge("rollout_operator_workloads", "Enrolled workloads.", "kind", Vocabulary.Kinds, kind => _workloads.Kinds[kind].Sum(_workloads.Read));
        Gauge(
            "rollout_operator_stale_workloads",
            "Workloads whose pods are older than their configuration, by the reason. Only the replica that leads counts them.",
            "reason",
            Texts<StaleReason>.All.Values,
            text => _stale(Texts<StaleReason>.All.First(each => each.Value == text).Key));
        Gauge("rollout_operator_blocked_workloads", "Workloads that wait for something they cannot start without.", () => _blocked());
        Gauge("rollout_operator_held_workloads", "Workloads whose rollout is due but held back.", () => _held());
        Gauge("rollout_operator_failing_workloads", "Workloads whose last reconcile failed and is tried again.", () => _failing());
        Gauge(
            "rollout_operator_missing_permissions",
            "Permissions that the operator needs and does not have.",
            "resource",
            PermissionResources,
            "verb",
            PermissionVerbs,
            (resource, verb) => _missing().Count(permission => Known(permission.Resource, PermissionResources) == resource && permission.Verb == verb));
        Gauge("rollout_operator_build_info", "Always 1; the label is the version.", "version", [Version], static _ => 1);

        // The name that Prometheus' own guidelines give it, beside those that .NET's client has.
        Gauge("process_resident_memory_bytes", "Resident memory size in bytes.", () => Environment.WorkingSet);
    }

    private double Synced(string label) =>
        _synced.Resources.Contains(label) && _synced.Resources[label].All(_synced.Read) ? 1 : 0;

    private static ILookup<string, string> ByLabel(IEnumerable<string> words, FrozenSet<string> vocabulary) =>
        words.Distinct(StringComparer.Ordinal).ToLookup(word => Known(word, vocabulary), StringComparer.Ordinal);
}
