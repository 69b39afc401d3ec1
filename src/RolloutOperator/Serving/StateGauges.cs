using System.Collections.Frozen;
using RolloutOperator.Reconciling;
using RolloutOperator.Registry;
using Vocabulary = RolloutOperator.Serving.Instruments.Vocabulary;

namespace RolloutOperator.Serving;

/// <summary>What the gauges show. Read at each scrape, from any thread.</summary>
internal interface IOperatorState
{
    /// <summary>Whether this replica may write.</summary>
    public bool Leads { get; }

    /// <summary>Whether nothing is written to workloads.</summary>
    public bool IsDryRun { get; }

    /// <summary>Keys that are due and not yet taken.</summary>
    public int QueueDepth { get; }

    /// <summary>Keys put in the queue since the start.</summary>
    public long QueueAdds { get; }

    /// <summary>Workloads whose last reconcile failed.</summary>
    public int Failing { get; }

    /// <summary>Every resource that is watched. Those without a label value of their own are <c>other</c>, all together.</summary>
    public IEnumerable<string> Resources { get; }

    /// <summary>Every kind of workload that is watched; likewise.</summary>
    public IEnumerable<string> Kinds { get; }

    /// <summary>Tags that are polled, as often as they are used with different credentials.</summary>
    public int Images { get; }

    /// <summary>Those of them that went back and forth.</summary>
    public int FlappingImages { get; }

    /// <summary>The registries that requests were sent to.</summary>
    public IEnumerable<RegistryState> Registries { get; }

    /// <summary>Whether the store of a resource agrees with the cluster as far as its watches can tell.</summary>
    public bool Synced(string resource);

    /// <summary>The enrolled workloads of a kind.</summary>
    public int Workloads(string kind);

    /// <summary>The referenced sources held: <c>configmaps</c>, <c>secrets</c> or <c>serviceaccounts</c>.</summary>
    public int Sources(string resource);

    /// <summary>Workloads on which another installation of the operator acts.</summary>
    public int Standby { get; }

    /// <summary>Workloads whose pods are older than their configuration, by the reason.</summary>
    public int Stale(StaleReason reason);
}

/// <summary>The gauges of what other rooms hold. They have values as soon as this exists.</summary>
internal sealed class StateGauges
{
    private readonly FrozenSet<string> _registries;
    private readonly IOperatorState _state;

    public StateGauges(Instruments to, KnownNames known, IOperatorState state, TimeProvider time)
    {
        (_state, _registries) = (state, known.RegistryLabels);
        string[] queue = [Instruments.Controller];
        var (kinds, resources) = (ByLabel(state.Kinds, Vocabulary.Kinds), ByLabel(state.Resources, Vocabulary.Stored));
        to.Gauge("workqueue_depth", "Workloads that are due and wait for a worker.", "name", queue, _ => state.QueueDepth);
        to.CounterOf("workqueue_adds_total", "Workloads put in the queue.", "name", Instruments.Controller, () => state.QueueAdds);
        to.Gauge("leader_election_master_status", "1 while this replica leads, which means that it may write.", "name", [known.Lease], _ => state.Leads ? 1 : 0);
        to.Gauge(
            "rollout_operator_watch_synced",
            "1 when the store of a watched resource is in sync.",
            "resource",
            Vocabulary.Stored,
            label => resources.Contains(label) && resources[label].All(state.Synced) ? 1 : 0);
        to.Gauge("rollout_operator_sources", "Referenced sources held.", "resource", Vocabulary.Sources, resource => state.Sources(resource));
        to.Gauge("rollout_operator_workloads", "Enrolled workloads.", "kind", Vocabulary.Kinds, label => kinds[label].Sum(state.Workloads));
        var reasons = Enum.GetValues<StaleReason>().ToDictionary(Instruments.Text);
        to.Gauge(
            "rollout_operator_stale_workloads",
            "Workloads whose pods are older than their configuration, by the reason. Only the replica that leads counts them.",
            "reason",
            reasons.Keys,
            text => state.Stale(reasons[text]));
        to.Gauge("rollout_operator_blocked_workloads", "Workloads that wait for something they cannot start without.", () => state.Stale(StaleReason.Blocked));
        to.Gauge("rollout_operator_held_workloads", "Workloads whose rollout is due but held back.", () => state.Stale(StaleReason.Held));
        to.Gauge("rollout_operator_standby_workloads", "Workloads on which another installation of the operator acts, as their Event Standby says.", () => state.Standby);
        to.Gauge("rollout_operator_failing_workloads", "Workloads whose last reconcile failed and is tried again.", () => state.Failing);
        to.Gauge("rollout_operator_images", "Tags of images that are polled.", () => state.Images);
        to.Gauge("rollout_operator_flapping_images", "Tags of images that went back and forth and are not followed for now.", () => state.FlappingImages);
        to.Gauge(
            "rollout_operator_registry_backoff",
            "1 while no request is sent to a registry, because it failed.",
            "registry",
            _registries,
            label => StatesOf(label).Any(registry => registry.BackoffUntil > time.GetUtcNow()) ? 1 : 0);
        to.Gauge(
            "rollout_operator_registry_rate_limit_remaining_ratio",
            "The part of a registry's rate limit that is left, for the credentials that have the least: of requestsPerSecond, or of what the registry itself allows.",
            "registry",
            _registries,
            label => StatesOf(label).Select(registry => registry.RateLimitRemaining).DefaultIfEmpty(1).Min());
        to.Gauge(
            "rollout_operator_registry_last_response_timestamp_seconds",
            "When a registry last responded itself, since the Unix epoch; 0 when it has not.",
            "registry",
            _registries,
            label => StatesOf(label).Select(registry => registry.LastResponse?.ToUnixTimeMilliseconds() / 1000.0 ?? 0).DefaultIfEmpty(0).Max());
        to.Gauge("rollout_operator_dry_run", "1 in a dry run, which writes nothing to workloads: what is counted as done was only decided.", () => state.IsDryRun ? 1 : 0);
        to.Gauge("rollout_operator_build_info", "Always 1; the label is the version.", "version", [Instruments.Version], static _ => 1);

        // The name that Prometheus' own guidelines give it, beside those that .NET's client has.
        to.Gauge("process_resident_memory_bytes", "Resident memory size in bytes.", () => Environment.WorkingSet);
    }

    private IEnumerable<RegistryState> StatesOf(string label) =>
        _state.Registries.Where(registry => Instruments.Known(registry.Registry, _registries) == label);

    private static ILookup<string, string> ByLabel(IEnumerable<string> words, FrozenSet<string> vocabulary) =>
        words.Distinct(StringComparer.Ordinal).ToLookup(word => Instruments.Known(word, vocabulary), StringComparer.Ordinal);
}

/// <summary>Names of this installation that are labels.</summary>
/// <param name="Registries">Registries that have a label value of their own, besides those that everybody knows.</param>
/// <param name="ApiServer">The host of the API server, with the port if there is one.</param>
/// <param name="Lease">The name of the Lease.</param>
internal sealed record KnownNames(IEnumerable<string> Registries, string ApiServer, string Lease)
{
    /// <summary>The values of the label <c>registry</c>.</summary>
    public FrozenSet<string> RegistryLabels { get; } = Instruments.Vocabulary.Registries.Concat(Registries).ToFrozenSet();
}
