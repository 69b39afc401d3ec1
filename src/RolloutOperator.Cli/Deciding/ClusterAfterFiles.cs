using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Manifests;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Deciding;

/// <summary>
/// The cluster as it is after files were applied one after the other, each of whose changes is newer than everything in the
/// cluster. Nothing is written: what the API server would make of them is worked out here.
/// </summary>
internal sealed class ClusterAfterFiles(ApiServer api, Installation installation)
{
    // Versions of etcd never get there.
    private const ulong Future = 1UL << 62;

    private readonly WorkloadFinder _finder = new(api, installation);
    private readonly List<GivenSource> _sources = [];
    private readonly Dictionary<SourceObject, JsonObject?> _objects = [];
    private readonly Dictionary<WorkloadRef, GivenWorkload> _workloads = [];
    private readonly SortedSet<string> _namespaces = new(StringComparer.Ordinal);
    private readonly List<string> _doubts = [];
    private ulong _steps;

    /// <summary>What could not be found out, as sentences.</summary>
    public IReadOnlyList<string> Doubts => [.. _doubts, .. _finder.Doubts];

    /// <summary>The operator as far as it is known by now.</summary>
    public Installation Installation { get; private set; } = installation;

    // A source of a file, before and after.
    private sealed record GivenSource(SourceObject Source, Manifest? Manifest, JsonObject? Before, JsonObject? After, ResourceVersion Version);

    // A workload of a file, before and after.
    private sealed record GivenWorkload(WorkloadKind Kind, FoundWorkload? Live, JsonObject? After);

    /// <summary>Applies an object.</summary>
    /// <exception cref="CommandException">The API server would not take it, or something cannot be read.</exception>
    public async Task ApplyAsync(Manifest manifest, CancellationToken cancellationToken)
    {
        if (manifest.SourceKind is { } kind)
        {
            await ApplyAsync(kind, manifest, cancellationToken);
        }
        else if (Installation.Kinds.Rows.FirstOrDefault(row => row.Kind == manifest.Kind && row.Group == manifest.Group) is { } row)
        {
            await ApplyAsync(row, manifest, cancellationToken);
        }
        else if (manifest is { Kind: "Namespace", Group: "" } && manifest.Object.Map("metadata").Map("labels") is { } labels && labels.ContainsKey(Names.Enabled))
        {
            _finder.GiveLabel(manifest.Name, labels.TextOf(Names.Enabled) == "true");
            _namespaces.Add(manifest.Name);
        }
    }

    /// <summary>Deletes a source.</summary>
    public void Delete(SourceObject source)
    {
        _namespaces.Add(source.Namespace);
        _objects[source] = null;
        _sources.Add(new(source, null, null, null, NextVersion()));
    }

    /// <summary>Decides about every enrolled workload that may be affected, and those of the files.</summary>
    /// <param name="all">Whether of all namespaces.</param>
    /// <param name="selector">A label selector of the caller, or null.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<IReadOnlyList<PlannedDecision>> DecideAsync(bool all, string? selector, CancellationToken cancellationToken)
    {
        var found = new Dictionary<WorkloadRef, FoundWorkload>();
        foreach (var space in all || Installation.Rules.CrossNamespace ? [null] : _namespaces.Cast<string?>())
        {
            foreach (var workload in await _finder.EnrolledAsync(space, selector, cancellationToken))
            {
                found[workload.Workload.Ref] = workload;
            }
        }

        foreach (var (key, given) in _workloads)
        {
            var element = given.After!.ToElement();
            if (selector is null || LabelSelector.Matches(selector, element.Member("metadata").Member("labels")))
            {
                found[key] = await ReadAsync(given, element, cancellationToken);
            }
        }

        Installation = await InstallationReader.CompleteAsync(api, Installation, [.. found.Values], cancellationToken);
        var sources = new SourceBook(api, Installation);
        foreach (var given in _sources)
        {
            Give(sources, given);
        }

        await sources.ReadAsync(found.Values, cancellationToken);
        return [.. found.Select(each => new PlannedDecision(Decision.Of(each.Value, sources, Installation))
        {
            IsCreated = _workloads.TryGetValue(each.Key, out var given) && given.Live is null,
            TurnsTemplate = given?.Live is { } live && live.Workload.Template != each.Value.Workload.Template,
        })];
    }

    private ResourceVersion NextVersion() => new(Future + ++_steps);

    private async Task ApplyAsync(SourceKind kind, Manifest manifest, CancellationToken cancellationToken)
    {
        var source = new SourceObject(kind, manifest.Namespace, manifest.Name);
        _namespaces.Add(source.Namespace);
        if (!_objects.TryGetValue(source, out var before))
        {
            before = await LiveAsync(source, manifest, cancellationToken);
        }

        var after = AppliedObject.Of(before, manifest.Object, isBuiltIn: true);
        if (before?["immutable"] is JsonValue value && value.TryGetValue(out bool isImmutable) && isImmutable
            && !(JsonNode.DeepEquals(before["data"], after["data"]) && JsonNode.DeepEquals(before["binaryData"], after["binaryData"])))
        {
            _doubts.Add($"{manifest} is immutable: the API server refuses the change. Give it a new name.");
            return;
        }

        _objects[source] = after;
        _sources.Add(new(source, manifest, before, after, NextVersion()));
    }

    private void Give(SourceBook sources, GivenSource given)
    {
        try
        {
            if (!sources.Give(given.Source, given.Before?.ToElement(), given.After?.ToElement(), given.Version)
                && given.Before is { } before && !JsonNode.DeepEquals(before["data"], given.After?["data"]))
            {
                _doubts.Add($"{given.Manifest} changes; which workloads that rolls cannot be said without the digest key.");
            }
        }
        catch (JsonException e) when (given.Manifest is { } manifest)
        {
            throw manifest.Refused(e);
        }
    }

    private async Task<JsonObject?> LiveAsync(SourceObject source, Manifest manifest, CancellationToken cancellationToken)
    {
        try
        {
            using var document = await api.FindAsync(ResourcePaths.Named(ResourcePaths.Of(source.Kind, source.Namespace), source.Name), cancellationToken);
            return document?.RootElement.Clone().ToObject();
        }
        catch (ApiException e) when (e.Status == HttpStatusCode.Forbidden)
        {
            _doubts.Add($"{manifest} may not be read by you in the cluster: what the file has is taken for all of it.");
            return null;
        }
    }

    private async Task ApplyAsync(WorkloadKind kind, Manifest manifest, CancellationToken cancellationToken)
    {
        var key = new WorkloadRef(kind.Kind, manifest.Namespace, manifest.Name);
        _namespaces.Add(key.Namespace);
        if (!_workloads.TryGetValue(key, out var given))
        {
            var live = await _finder.FindAsync(kind, key.Namespace, key.Name, cancellationToken);
            using var document = live?.Object;
            given = new(kind, live?.Workload, document?.RootElement.Clone().ToObject());
        }

        var after = AppliedObject.Of(given.After, manifest.Object, WorkloadKinds.BuiltIn.Rows.Contains(kind));
        var metadata = after.Map("metadata")!;
        metadata["resourceVersion"] = NextVersion().ToString();

        // The controller has not seen it yet.
        var isChanged = given.After is null || !JsonNode.DeepEquals(given.After["spec"], after["spec"]);
        metadata["generation"] = (given.After.Map("metadata")?["generation"]?.GetValue<long>() ?? 0) + (isChanged ? 1 : 0);
        _workloads[key] = given with { After = after };
    }

    private async Task<FoundWorkload> ReadAsync(GivenWorkload given, JsonElement element, CancellationToken cancellationToken)
    {
        var now = WorkloadReader.Read(element, given.Kind, Installation.Rules);
        var isTaken = await _finder.TakesAsync(element, now.Ref.Namespace, cancellationToken);
        var before = given.Live is { Workload.Enrolled: true } live ? Watched(live.Workload) : null;
        return WorkloadFinder.Read(element, given.Kind, (now with { Enrolled = isTaken }).Continue(before, live: true), NextVersion());
    }

    // The operator has seen the workload before, and with it which templates there were of which there may be pods.
    private static Workload Watched(Workload workload) => workload.KnowsRevisions || workload.OwnLedger is not { } ledger ? workload : workload with
    {
        KnowsRevisions = true,
        Revisions =
        [
            .. ledger.Earlier.Select(earlier => earlier.Revision).Append(ledger.Revision).Where(revision => revision != Ledger.NotListed && revision != workload.Revision).Distinct(),
            workload.Revision,
        ],
    };
}
