using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using k8s.Models;
using Microsoft.Extensions.Logging;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serving;

namespace RolloutOperator.Applying;

/// <summary>
/// Records Events on workloads. The name of an Event is derived from its content, so that a repetition, by this or another
/// replica, adds nothing while the API server keeps the first one. Repetitions by this replica are not sent at all.
/// </summary>
internal sealed class EventRecorder(
    KubeClient client, Func<bool> mayWrite, Instruments instruments, TimeProvider time, string instance, ILogger<EventRecorder> log)
{
    private const string Controller = "rollout-operator.io/rollout-operator";

    // Names of objects have at most 253 characters, and ours end with a dot and 16 digits.
    private const int LongestPrefix = 253 - 17;

    // An Event is not worth more of a worker's time.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly EventDeduplicator _recorded = new(time);

    /// <summary>Records the Event, unless it repeats the last one. A failure is only logged and counted: it must not stop a rollout.</summary>
    public async Task RecordAsync(Workload workload, WorkloadKind kind, EventMessage message, CancellationToken cancellationToken)
    {
        if (!mayWrite())
        {
            // The present leader comes to the same result, and records it.
            return;
        }

        var content = Digest.Sha256(Encoding.UTF8.GetBytes($"{workload.Uid}\0{message.Reason}\0{WithoutVolatile(message.Note)}"));
        if (_recorded.Contains(workload.Ref, message.Reason, content))
        {
            return;
        }

        using var part = instruments.TracePart("event");
        part?.SetTag("rollout_operator.event.reason", message.Reason);
        using var timeout = new CancellationTokenSource(Timeout, time);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await client.CreateEventAsync(EventOf(workload, kind, message, content), limited.Token);
            _recorded.Add(workload.Ref, message.Reason, content);
            instruments.RecordEvent(message.Reason, ok: true);
        }
        catch (KubeApiException e) when (e.IsAlreadyExists)
        {
            // An earlier run or another replica has recorded it.
            _recorded.Add(workload.Ref, message.Reason, content);
        }
        catch (KubeException e)
        {
            Fail(e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Fail($"the API server did not respond within {Timeout.TotalSeconds} s");
        }

        void Fail(string error)
        {
            instruments.RecordEvent(message.Reason, ok: false);
            part?.SetStatus(ActivityStatusCode.Error);
            log.EventFailed(message.Reason, kind.Kind, workload.Ref.Namespace, workload.Ref.Name, error);
        }
    }

    // What others say may have times, ids of requests and ports of connections in it. The same message with others of them is no news.
    private static string WithoutVolatile(string note) => string.Join(' ', note.Split(' ').Where(word => !IsVolatile(word.Trim('"', '\'', ',', '.', ';', ':', '(', ')', '[', ']'))));

    private static bool IsVolatile(string word) =>
        Guid.TryParse(word, out _)
        || (word.Contains("->", StringComparison.Ordinal) && word.Contains(':', StringComparison.Ordinal))
        || (word is [_, _, _, _, '-', _, _, '-', _, _, 'T', ..] && DateTimeOffset.TryParse(word, CultureInfo.InvariantCulture, out _));

    /// <summary>The workload is no longer enrolled.</summary>
    public void Forget(WorkloadRef workload) => _recorded.Forget(workload);

    private Eventsv1Event EventOf(Workload workload, WorkloadKind kind, EventMessage message, Digest content)
    {
        var (_, @namespace, name) = workload.Ref;
        return new()
        {
            Metadata = new()
            {
                NamespaceProperty = @namespace,
                // A label of a DNS name must not end with these.
                Name = $"{name[..Math.Min(name.Length, LongestPrefix)].TrimEnd('-', '.')}.{content.ToHex(8)}",
            },
            Regarding = new()
            {
                ApiVersion = kind.ApiVersion,
                Kind = kind.Kind,
                NamespaceProperty = @namespace,
                Name = name,
                Uid = workload.Uid,
                ResourceVersion = workload.Version,
            },
            Type = message.IsWarning ? "Warning" : "Normal",
            Reason = message.Reason,
            Action = message.Action,
            Note = message.Note,
            ReportingController = Controller,
            ReportingInstance = instance,
            EventTime = time.GetUtcNow().UtcDateTime,
        };
    }
}

/// <summary>
/// The last Event of each workload for each reason, so that a repetition sends no request. It has entries for enrolled
/// workloads only, and no more of them than there are reasons. Thread-safe.
/// </summary>
internal sealed class EventDeduplicator(TimeProvider time)
{
    // The API server keeps Events for an hour by default. What still holds then is recorded again.
    private static readonly TimeSpan Retention = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<WorkloadRef, ImmutableDictionary<string, Recorded>> _recorded = [];

    public int Count => _recorded.Count;

    public bool Contains(WorkloadRef workload, string reason, Digest content) =>
        _recorded.TryGetValue(workload, out var events) && events.TryGetValue(reason, out var last)
        && last.Content == content && time.GetElapsedTime(last.At) < Retention;

    public void Add(WorkloadRef workload, string reason, Digest content)
    {
        var now = new Recorded(content, time.GetTimestamp());
        _recorded.AddOrUpdate(
            workload, _ => ImmutableDictionary<string, Recorded>.Empty.SetItem(reason, now), (_, events) => events.SetItem(reason, now));
    }

    public void Forget(WorkloadRef workload) => _recorded.TryRemove(workload, out _);

    private sealed record Recorded(Digest Content, long At);
}
