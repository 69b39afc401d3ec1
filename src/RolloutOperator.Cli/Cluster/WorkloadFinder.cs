using System.Globalization;
using System.Net;
using System.Text.Json;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Cluster;

/// <summary>A workload as it was read.</summary>
/// <param name="Workload">What the decision needs of it.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="ReadAt">The version of the list that it was read with: whatever is read later is at least as new.</param>
internal sealed record FoundWorkload(Workload Workload, WorkloadKind Kind, ResourceVersion ReadAt)
{
    /// <summary>When the operator last wrote to it, according to managedFields; null if they do not say.</summary>
    public DateTimeOffset? LastWrite { get; init; }

    /// <summary>How many pods it asks for; null if it does not say.</summary>
    public int? Replicas { get; init; }

    /// <summary>Why it cannot be said whether it is enrolled, as a clause; null when it can.</summary>
    public string? EnrolmentDoubt { get; init; }
}

/// <summary>Finds workloads by the operator's own rules. The API server applies the selectors, as it does for the operator.</summary>
internal sealed class WorkloadFinder(ApiServer api, Installation installation)
{
    private readonly ReadingRules _rules = installation.Rules;
    private readonly Dictionary<string, bool> _givenLabels = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _doubts = new(StringComparer.Ordinal);

    /// <summary>What could not be found out, as sentences.</summary>
    public IReadOnlyCollection<string> Doubts => _doubts;

    /// <summary>Takes this for whether the label of a namespace enrols its workloads, whatever the cluster says.</summary>
    public void GiveLabel(string @namespace, bool enrols) => _givenLabels[@namespace] = enrols;

    /// <summary>Whether the operator would take a workload that has these labels in.</summary>
    public async Task<bool> TakesAsync(JsonElement workload, string @namespace, CancellationToken cancellationToken)
    {
        var labels = workload.Member("metadata").Member("labels");
        return IsWatched(@namespace) && (Takes(_rules.Enrolment)
            || (_rules.Enrolment.ForNamespaceLabel is { } byNamespace && Takes(byNamespace) && (await LabelledNamespacesAsync(@namespace, cancellationToken)).Contains(@namespace)));

        bool Takes(Enrolment enrolment) => LabelSelector.Matches(enrolment.Selector, labels) && enrolment.Takes(labels.Text(Names.Enabled));
    }

    /// <summary>Every enrolled workload of a namespace, or of all of them.</summary>
    /// <param name="namespace">The namespace; null for all.</param>
    /// <param name="selector">A label selector of the caller, or null.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<IReadOnlyList<FoundWorkload>> EnrolledAsync(string? @namespace, string? selector, CancellationToken cancellationToken)
    {
        var labelled = await LabelledNamespacesAsync(@namespace, cancellationToken);
        var found = new List<FoundWorkload>();
        foreach (var kind in installation.Kinds.Rows)
        {
            await ListAsync(kind, @namespace, _rules.Enrolment);
            if (_rules.Enrolment.ForNamespaceLabel is { } byNamespace)
            {
                foreach (var space in labelled)
                {
                    await ListAsync(kind, space, byNamespace);
                }
            }
        }

        return [.. found.Where(each => IsWatched(each.Workload.Ref.Namespace)).DistinctBy(each => each.Workload.Ref)];

        async Task ListAsync(WorkloadKind kind, string? space, Enrolment enrolment)
        {
            var first = found.Count;
            var rules = _rules with { Enrolment = enrolment };
            var labels = selector is null ? enrolment.Selector : $"{enrolment.Selector},{selector}";
            var version = ResourceVersion.Parse(await api.ListAsync(
                ResourcePaths.Of(kind, space), ResourcePaths.Labels(labels), item => found.Add(Read(item, kind, rules, default)), cancellationToken));
            for (var i = first; i < found.Count; i++)
            {
                found[i] = found[i] with { ReadAt = version };
            }
        }
    }

    /// <summary>One workload, enrolled or not; null when there is none.</summary>
    public async Task<(FoundWorkload Workload, JsonDocument Object)?> FindAsync(WorkloadKind kind, string @namespace, string name, CancellationToken cancellationToken)
    {
        var collection = ResourcePaths.Of(kind, @namespace);
        if (await api.FindAsync(ResourcePaths.Named(collection, name), cancellationToken) is not { } document)
        {
            return null;
        }

        var rules = _rules;
        string? doubt = null;
        var version = await VersionAsync(_rules.Enrolment);
        if (version is null && IsWatched(@namespace) && _rules.Enrolment.ForNamespaceLabel is { } byNamespace
            && byNamespace.Takes(document.RootElement.Member("metadata").Member("labels").Text(Names.Enabled)))
        {
            if ((await LabelledNamespacesAsync(@namespace, cancellationToken)).Contains(@namespace))
            {
                rules = _rules with { Enrolment = byNamespace };
                version = await VersionAsync(byNamespace);
            }
            else if (_doubts.Count > 0)
            {
                doubt = NamespaceDoubt(@namespace);
            }
        }

        var found = Read(document.RootElement, kind, rules, version ?? ResourceVersion.Unknown) with { EnrolmentDoubt = doubt };
        return (found with { Workload = found.Workload with { Enrolled = version is not null && found.Workload.Enrolled && IsWatched(@namespace) } }, document);

        // The version of the list if the rule takes the workload in.
        async Task<ResourceVersion?> VersionAsync(Enrolment enrolment)
        {
            var isTaken = false;
            var list = await api.ListAsync(collection, ResourcePaths.Labels(enrolment.Selector) + ResourcePaths.Name(name), _ => isTaken = true, cancellationToken);
            return isTaken ? ResourceVersion.Parse(list) : null;
        }
    }

    /// <summary>Whether the operator watches the namespace, as far as its list of namespaces says.</summary>
    public bool IsWatched(string @namespace) =>
        !installation.Excluded.Contains(@namespace) && (installation.Watched.IsEmpty || installation.Watched.Contains(@namespace));

    private async Task<IReadOnlySet<string>> LabelledNamespacesAsync(string? @namespace, CancellationToken cancellationToken)
    {
        var labelled = new SortedSet<string>(StringComparer.Ordinal);
        if (!installation.FollowsNamespaceLabels)
        {
            return labelled;
        }

        try
        {
            await api.ListAsync(
                "/api/v1/namespaces",
                ResourcePaths.Labels(Names.Enabled + "=true") + (@namespace is null ? "" : ResourcePaths.Name(@namespace)),
                item => labelled.Add(item.Member("metadata").Text("name") ?? ""),
                cancellationToken);
        }
        catch (ApiException e) when (e.Status == HttpStatusCode.Forbidden)
        {
            // Somebody with rights in one namespace can mostly read that one.
            switch (@namespace is null ? null : await LabelOfAsync(@namespace, cancellationToken))
            {
                case null:
                    _doubts.Add(char.ToUpperInvariant(NamespaceDoubt(@namespace)[0]) + NamespaceDoubt(@namespace)[1..] + ".");
                    break;
                case "true":
                    labelled.Add(@namespace!);
                    break;
            }
        }

        foreach (var (given, enrols) in _givenLabels.Where(each => @namespace is null || each.Key == @namespace))
        {
            _ = enrols ? labelled.Add(given) : labelled.Remove(given);
        }

        return labelled;
    }

    private static string NamespaceDoubt(string? @namespace) => @namespace is null
        ? "the labels of namespaces, which may enrol workloads, may not be read by you: it takes list on namespaces in the cluster"
        : $"the label of the namespace {@namespace}, which may enrol workloads, may not be read by you: it takes get on namespaces/{@namespace}";

    // Empty if it has none, null if it may not be read.
    private async Task<string?> LabelOfAsync(string @namespace, CancellationToken cancellationToken)
    {
        try
        {
            using var document = await api.FindAsync("/api/v1/namespaces/" + @namespace, cancellationToken);
            return document?.RootElement.Member("metadata").Member("labels").Text(Names.Enabled) ?? "";
        }
        catch (ApiException e) when (e.Status == HttpStatusCode.Forbidden)
        {
            return null;
        }
    }

    private static FoundWorkload Read(JsonElement item, WorkloadKind kind, ReadingRules rules, ResourceVersion readAt) =>
        Read(item, kind, WorkloadReader.Read(item, kind, rules).Continue(before: null, live: false), readAt);

    /// <summary>With what an object says besides.</summary>
    public static FoundWorkload Read(JsonElement item, WorkloadKind kind, Workload workload, ResourceVersion readAt) =>
        new(workload, kind, readAt)
        {
            LastWrite = item.Member("metadata").Items("managedFields").Where(entry => entry.Text("manager") == Names.FieldManager)
                .Select(entry => DateTimeOffset.TryParse(entry.Text("time"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : (DateTimeOffset?)null)
                .Max(),
            Replicas = (item.Member("spec").Member("replicas") is null ? item.Member("status").Count("desiredNumberScheduled") : item.Member("spec").Count("replicas")),
        };
}
