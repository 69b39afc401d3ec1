using System.Collections.Frozen;
using System.Reflection;

namespace RolloutOperator.Serve;

/// <content>States, read when somebody asks.</content>
internal sealed partial class Instruments
{
    private Func<int> _queueDepth = static () => 0;
    private Func<int> _failing = static () => 0;
    private Func<int> _blocked = static () => 0;
    private Func<int> _held = static () => 0;
    private Func<string, int> _sources = static _ => 0;
    private (Func<string, bool> Read, ILookup<string, string> Resources) _synced = (static _ => false, ByLabel([], Vocabulary.Watched));
    private (Func<string, int> Read, ILookup<string, string> Kinds) _workloads = (static _ => 0, ByLabel([], Vocabulary.Kinds));

    /// <param name="depth">Keys due or waiting. Called at each scrape, as are all the following.</param>
    internal void ObserveQueueDepth(Func<int> depth) => _queueDepth = depth;

    /// <param name="count">Workloads whose last pass failed.</param>
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

    /// <param name="count">Workloads that wait for a source or a key that they cannot start without.</param>
    internal void ObserveBlocked(Func<int> count) => _blocked = count;

    /// <param name="count">Workloads with a rollout that is due and may not happen yet.</param>
    internal void ObserveHeld(Func<int> count) => _held = count;

    private void CreateGauges()
    {
        Gauge("rollout_operator.watch.synced", null, "1 when the store of a watched resource is in sync.", Of("resource", Vocabulary.Watched), Synced);
        Gauge("rollout_operator.sources", "{source}", "Referenced sources held.", Of("resource", Vocabulary.Sources), resource => _sources(resource));
        Gauge("rollout_operator.workloads", "{workload}", "Enrolled workloads.", Of("kind", Vocabulary.Kinds), kind => _workloads.Kinds[kind].Sum(_workloads.Read));
        Gauge("rollout_operator.blocked_workloads", "{workload}", "Workloads that wait for something they cannot start without.", () => _blocked());
        Gauge("rollout_operator.held_workloads", "{workload}", "Workloads whose rollout is due but held back.", () => _held());
        Gauge("rollout_operator.failing_workloads", "{workload}", "Workloads whose last pass failed and is tried again.", () => _failing());
        Gauge("rollout_operator.queue.depth", "{workload}", "Workloads due or waiting in the queue.", () => _queueDepth());
        Gauge("rollout_operator.build_info", null, "Always 1; the label says which version this is.", Of("version", [Version]), static _ => 1);
    }

    private int Synced(string label) =>
        _synced.Resources.Contains(label) && _synced.Resources[label].All(_synced.Read) ? 1 : 0;

    private static ILookup<string, string> ByLabel(IEnumerable<string> words, FrozenSet<string> vocabulary) =>
        words.Distinct(StringComparer.Ordinal).ToLookup(word => Known(word, vocabulary), StringComparer.Ordinal);

    internal static string Version { get; } =
        typeof(Instruments).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
