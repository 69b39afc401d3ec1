using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Threading.Channels;
using k8s.Models;
using Microsoft.Extensions.Logging;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serving;

namespace RolloutOperator.Applying;

/// <summary>
/// Records Events on workloads, beside the passes: an API server that takes no Events holds up no rollout. The name of an Event is
/// derived from its content, so that a repetition, by this or another replica, adds nothing while the API server keeps the first
/// one. Repetitions by this replica are not sent at all.
/// </summary>
internal sealed class EventRecorder(
    KubeClient client, Func<bool> mayWrite, Instruments instruments, TimeProvider time, string instance, bool isDryRun, ILogger<EventRecorder> log)
{
    /// <summary>How many Events may wait. Of one workload, a later one of the same reason replaces one that waits.</summary>
    internal const int MostWaiting = 1000;

    private const string Controller = "rollout-operator.io/rollout-operator";

    // Names of objects have at most 253 characters, and ours end with a dot and 16 digits.
    private const int LongestPrefix = 253 - 17;

    private const int AtOnce = 4;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    // Less than the grace period of a shutdown, which the passes in progress need too.
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(1);

    private readonly EventDeduplicator _recorded = new(time);
    private readonly Lock _lock = new();
    private readonly Dictionary<(WorkloadRef Workload, string Reason), Waiting> _waiting = [];
    private readonly Channel<(WorkloadRef Workload, string Reason)> _order = Channel.CreateUnbounded<(WorkloadRef, string)>();
    private int _dropped;

    private sealed record Waiting(WorkloadRef Workload, Digest Content, Eventsv1Event Event, ActivityContext Trace);

    /// <summary>Records the Event soon, unless it repeats the last one. A failure is only logged and counted.</summary>
    public void Record(Workload workload, WorkloadKind kind, EventMessage message)
    {
        if (!mayWrite())
        {
            // The present leader comes to the same result, and records it.
            return;
        }

        message = isDryRun ? message.OfDryRun() : message;
        var content = Digest.Sha256(Encoding.UTF8.GetBytes($"{workload.Uid}\0{message.Reason}\0{WithoutVolatile(message.Note)}"));
        if (!_recorded.TryAdd(workload.Ref, message.Reason, content))
        {
            return;
        }

        var waiting = new Waiting(workload.Ref, content, EventOf(workload, kind, message, content), instruments.TraceContext);
        lock (_lock)
        {
            var key = (workload.Ref, message.Reason);
            var isFirst = !_waiting.Remove(key);
            if (isFirst && _waiting.Count == MostWaiting)
            {
                Drop(waiting);
                return;
            }

            _waiting[key] = waiting;
            if (isFirst)
            {
                _order.Writer.TryWrite(key);
            }
        }
    }

    /// <summary>Sends what is recorded. Can be run again.</summary>
    /// <param name="stopping">Nothing is recorded after this: what waits is sent for another second at most, and the rest is dropped.</param>
    /// <param name="abandon">Nothing is sent after this.</param>
    public async Task RunAsync(CancellationToken stopping, CancellationToken abandon)
    {
        using var end = new CancellationTokenSource(System.Threading.Timeout.InfiniteTimeSpan, time);
        using var sending = CancellationTokenSource.CreateLinkedTokenSource(end.Token, abandon);
        await using var _ = stopping.Register(() => end.CancelAfter(FlushTime));
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => SendAllAsync(stopping, sending.Token)));
        while (TryTake(out var left))
        {
            Drop(left);
        }
    }

    private async Task SendAllAsync(CancellationToken stopping, CancellationToken end)
    {
        try
        {
            while (await _order.Reader.WaitToReadAsync(stopping))
            {
                await SendWaitingAsync(end);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await SendWaitingAsync(end);
        }
    }

    private async Task SendWaitingAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested && TryTake(out var next))
        {
            await SendAsync(next, end);
        }
    }

    private bool TryTake([NotNullWhen(true)] out Waiting? next)
    {
        next = null;
        lock (_lock)
        {
            return _order.Reader.TryRead(out var key) && _waiting.Remove(key, out next);
        }
    }

    private async Task SendAsync(Waiting waiting, CancellationToken end)
    {
        using var part = instruments.TracePart("event", waiting.Trace);
        part?.SetTag("rollout_operator.event.reason", waiting.Event.Reason);
        using var timeout = new CancellationTokenSource(Timeout, time);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, end);
        try
        {
            await client.CreateEventAsync(waiting.Event, limited.Token);
            instruments.RecordEvent(waiting.Event.Reason, Instruments.EventResult.Ok);
        }
        catch (KubeApiException e) when (e.IsAlreadyExists)
        {
            // An earlier run or another replica has recorded it.
        }
        catch (OperationCanceledException) when (!end.IsCancellationRequested)
        {
            Fail($"the API server did not respond within {Timeout.TotalSeconds} s");
        }
        catch (OperationCanceledException)
        {
            Drop(waiting);
        }
        catch (Exception e)
        {
            // Whatever it is, it must not end the loop for all others.
            Fail(e.Message);
        }

        void Fail(string error)
        {
            // What still holds at the next pass is recorded then.
            _recorded.Remove(waiting.Workload, waiting.Event.Reason, waiting.Content);
            instruments.RecordEvent(waiting.Event.Reason, Instruments.EventResult.Failed);
            part?.SetStatus(ActivityStatusCode.Error);
            log.EventFailed(waiting.Event.Reason, waiting.Workload.Kind, waiting.Workload.Namespace, waiting.Workload.Name, error);
        }
    }

    private void Drop(Waiting waiting)
    {
        _recorded.Remove(waiting.Workload, waiting.Event.Reason, waiting.Content);
        instruments.RecordEvent(waiting.Event.Reason, Instruments.EventResult.Dropped);
        if (Interlocked.Increment(ref _dropped) is var count && int.IsPow2(count))
        {
            log.EventDropped(waiting.Event.Reason, waiting.Workload.Kind, waiting.Workload.Namespace, waiting.Workload.Name, count);
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

    /// <summary>Notes the Event. False if it repeats the last one.</summary>
    public bool TryAdd(WorkloadRef workload, string reason, Digest content)
    {
        if (_recorded.TryGetValue(workload, out var known) && known.TryGetValue(reason, out var last)
            && last.Content == content && time.GetElapsedTime(last.At) < Retention)
        {
            return false;
        }

        var now = new Recorded(content, time.GetTimestamp());
        _recorded.AddOrUpdate(
            workload, _ => ImmutableDictionary<string, Recorded>.Empty.SetItem(reason, now), (_, events) => events.SetItem(reason, now));
        return true;
    }

    /// <summary>The Event was not recorded after all.</summary>
    public void Remove(WorkloadRef workload, string reason, Digest content)
    {
        while (_recorded.TryGetValue(workload, out var events) && events.TryGetValue(reason, out var last) && last.Content == content
            && !_recorded.TryUpdate(workload, events.Remove(reason), events))
        {
            // Another reason was noted meanwhile.
        }
    }

    public void Forget(WorkloadRef workload) => _recorded.TryRemove(workload, out _);

    private sealed record Recorded(Digest Content, long At);
}
