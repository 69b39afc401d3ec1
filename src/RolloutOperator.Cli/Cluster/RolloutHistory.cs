using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using k8s;
using k8s.Models;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Cluster;

/// <summary>The rollouts of a workload, as far as Kubernetes remembers them: its revisions, and the Events of the operator.</summary>
internal static partial class RolloutHistory
{
    /// <summary>Reads them, or says what is missing.</summary>
    public static async Task<HistoryReport> FindAsync(ApiServer api, FoundWorkload found, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(api, found, cancellationToken);
        }
        catch (ApiException e) when (e.Status == HttpStatusCode.Forbidden)
        {
            return new([], [$"Its rollouts are not shown: {e.Message}."]);
        }
    }

    /// <summary>Reads them, as far as that goes without Events, which may be missing.</summary>
    /// <exception cref="CommandException">Its revisions cannot be read.</exception>
    public static async Task<HistoryReport> ReadAsync(ApiServer api, FoundWorkload found, CancellationToken cancellationToken)
    {
        var workload = found.Workload;
        var events = Enumerable.Empty<RolloutEvent>().ToLookup(_ => 0);
        string[] doubts = [];
        try
        {
            events = await EventsAsync(api, workload, cancellationToken);
        }
        catch (ApiException e) when (e.Status == HttpStatusCode.Forbidden)
        {
            doubts = [$"Results and durations of rollouts, and some causes, are not shown: it takes list on events in the namespace {workload.Ref.Namespace}."];
        }

        var revisions = found.Kind.Kind == WorkloadKind.Deployment.Kind
            ? await ReplicaSetsAsync(api, workload, cancellationToken)
            : await ControllerRevisionsAsync(api, workload, cancellationToken);
        return new([.. revisions.OrderByDescending(revision => revision.Number).Select(revision => Report(revision, events))], doubts);
    }

    private static async Task<IEnumerable<Revision>> ReplicaSetsAsync(ApiServer api, Workload workload, CancellationToken cancellationToken)
    {
        var list = await api.TypedAsync(typed => typed.AppsV1.ListNamespacedReplicaSetAsync(workload.Ref.Namespace, cancellationToken: cancellationToken));
        return list is null ? [] : list.Items.Where(set => IsOf(set.Metadata, workload)).Select(set => new Revision(
            Number(set.Metadata.Annotations?.TryGetValue("deployment.kubernetes.io/revision", out var revision) == true ? revision : null),
            set.Metadata.CreationTimestamp,
            set.Metadata.Annotations?.TryGetValue(Names.ChangeCause, out var cause) == true ? cause : null,
            name => set.Spec.Template?.Metadata?.Annotations?.TryGetValue(name, out var value) == true ? value : null));
    }

    // What a ControllerRevision has in `data` is JSON of the controller's choice: a model has no members for it.
    private static async Task<IEnumerable<Revision>> ControllerRevisionsAsync(ApiServer api, Workload workload, CancellationToken cancellationToken)
    {
        var revisions = new List<Revision>();
        await api.ListAsync(
            $"/apis/apps/v1/namespaces/{workload.Ref.Namespace}/controllerrevisions",
            "",
            item =>
            {
                var metadata = item.Member("metadata");
                if (metadata.Items("ownerReferences").Any(owner => owner.Text("uid") == workload.Uid))
                {
                    var (checksum, rollout) = (Annotation(item, Names.Checksum), Annotation(item, Names.Rollout));
                    var created = DateTime.TryParse(metadata.Text("creationTimestamp"), CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var time) ? time : (DateTime?)null;
                    revisions.Add(new(
                        ((JsonElement?)item).Number("revision") ?? 0, created, metadata.Member("annotations").Text(Names.ChangeCause), name => name == Names.Checksum ? checksum : name == Names.Rollout ? rollout : null));
                }
            },
            cancellationToken);
        return revisions;
    }

    private static string? Annotation(JsonElement revision, string name) =>
        revision.Member("data").Member("spec").Member("template").Member("metadata").Member("annotations").Text(name);

    private static bool IsOf(V1ObjectMeta metadata, Workload workload) => metadata.OwnerReferences?.Any(owner => owner.Uid == workload.Uid) == true;

    private static RolloutReport Report(Revision revision, ILookup<int, RolloutEvent> events)
    {
        int? counter = Number(revision.Annotation(Names.Rollout)) is > 0 and <= Ledger.MostRollouts and var number ? (int)number : null;
        var about = counter is { } rollout ? events[rollout].ToArray() : [];
        var triggered = about.FirstOrDefault(each => each.Reason == "RolloutTriggered");
        var over = about.FirstOrDefault(each => each.Reason is "RolloutComplete" or "RolloutFailed");
        return new()
        {
            Revision = revision.Number,
            Rollout = counter,
            Started = triggered?.Time ?? (revision.Created is { } created ? new DateTimeOffset(created) : null),
            Cause = triggered?.Cause ?? (revision.Cause is { Length: > 0 } cause ? cause : counter is null ? "not by the operator" : null),
            Checksum = revision.Annotation(Names.Checksum),
            Result = over?.Note,
            Seconds = over is { Reason: "RolloutComplete", Time: { } end } && triggered?.Time is { } start ? Math.Round((end - start).TotalSeconds, 1) : null,
        };
    }

    private static async Task<ILookup<int, RolloutEvent>> EventsAsync(ApiServer api, Workload workload, CancellationToken cancellationToken)
    {
        var list = await api.TypedAsync(typed => typed.CoreV1.ListNamespacedEventAsync(
            workload.Ref.Namespace, fieldSelector: "involvedObject.uid=" + workload.Uid, cancellationToken: cancellationToken));
        return (list?.Items ?? [])
            .Where(each => (each.ReportingComponent ?? each.Source?.Component)?.Contains(Names.FieldManager, StringComparison.Ordinal) == true)
            .Select(each => (Event: each, Match: RolloutNumber().Match(each.Message ?? "")))
            .Where(each => each.Match.Success)
            .OrderByDescending(each => TimeOf(each.Event))
            .ToLookup(
                each => int.Parse(each.Match.Groups["number"].Value, CultureInfo.InvariantCulture),
                each => new RolloutEvent(each.Event.Reason, TimeOf(each.Event), each.Event.Message, Cause(each.Event.Message)));
    }

    private static DateTimeOffset? TimeOf(Corev1Event each) => (each.EventTime ?? each.LastTimestamp ?? each.FirstTimestamp) is { } time ? new DateTimeOffset(time) : null;

    // The note of RolloutTriggered is the cause, and behind it the number of the rollout.
    private static string? Cause(string note) => note.IndexOf(": rollout ", StringComparison.Ordinal) is > 0 and var end ? note[..end] : null;

    private static long Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    [GeneratedRegex(@"[Rr]ollout (?<number>\d{1,9})\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RolloutNumber();

    private sealed record Revision(long Number, DateTime? Created, string? Cause, Func<string, string?> Annotation);

    private sealed record RolloutEvent(string Reason, DateTimeOffset? Time, string Note, string? Cause);
}
