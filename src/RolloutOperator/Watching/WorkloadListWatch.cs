using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serving;

namespace RolloutOperator.Watching;

/// <summary>The enrolled workloads of one kind: selected by the server, reduced at the door.</summary>
/// <param name="client">Asks the API server.</param>
/// <param name="kind">Their kind.</param>
/// <param name="name">What is watched, and whether only the namespace's label enrols.</param>
/// <param name="rules">How they are read, and which of them.</param>
/// <param name="excluded">Namespaces of which the server sends nothing.</param>
/// <param name="observations">Takes what is found.</param>
/// <param name="instruments">Counts events.</param>
/// <param name="log">Names what cannot be read.</param>
internal sealed class WorkloadListWatch(
    KubeClient client,
    WorkloadKind kind,
    WatchTarget name,
    ReadingRules rules,
    IReadOnlyCollection<string> excluded,
    ChannelWriter<Observation> observations,
    Instruments instruments,
    ILogger<WorkloadListWatch> log) : ListWatch(name)
{
    private const int PageSize = 250;

    private readonly ResourceType _type = new(kind.Group, kind.Version, kind.Plural, kind.Kind);
    private readonly string? _fields = excluded.Count == 0 ? null : string.Join(',', excluded.Select(n => "metadata.namespace!=" + n));

    public override async Task<string> ListAsync(bool missed, CancellationToken cancellationToken)
    {
        var found = new List<Workload>();
        var version = "";
        var options = new ListOptions { LabelSelector = rules.Enrolment.Selector, FieldSelector = _fields, Limit = PageSize };
        await foreach (var page in client.ListPagesAsync(_type, Namespace, options, Reduce, cancellationToken))
        {
            found.AddRange(page.Items.OfType<Workload>());
            version = page.ResourceVersion;
        }

        observations.TryWrite(new Observation.WorkloadsListed(Name, found));
        return version;
    }

    public override async Task FollowAsync(WatchProgress progress, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var options = new WatchOptions
        {
            ResourceVersion = progress.Version,
            LabelSelector = rules.Enrolment.Selector,
            FieldSelector = _fields,
            Timeout = timeout,
            Accepted = progress.Accept,
        };
        await foreach (var e in client.WatchAsync(_type, Namespace, options, Reduce, cancellationToken))
        {
            if (e.Object is { } workload)
            {
                instruments.RecordWatchEvent(Resource);
                observations.TryWrite(new Observation.WorkloadChanged(Name, e.Type, workload));
            }

            progress.Move();
            progress.Version = e.Object?.Version ?? e.ResourceVersion ?? progress.Version;
        }
    }

    public override void Refused(string detail) => observations.TryWrite(new Observation.WorkloadWatchForbidden(Name));

    private Workload? Reduce(ref Utf8JsonReader reader)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        try
        {
            return WorkloadReader.Read(document.RootElement, kind, rules);
        }
        catch (InvalidOperationException e)
        {
            // Text that is not Unicode: one such object must not end the watch of all others.
            log.UnreadableWorkload(kind.Kind, e.Message);
            return null;
        }
    }
}
