using System.Diagnostics;
using RolloutOperator.Core.Planning;

namespace RolloutOperator.Serving;

/// <content>
/// One trace for each pass that finds something to do: from the change that put the workload in the queue, through the
/// decision, to the patch and the Event. Without a listener all of this is nothing but a look whether there is one.
/// </content>
internal sealed partial class Instruments : IDisposable
{
    /// <summary>What a tracer provider listens to.</summary>
    internal const string TraceSource = "rollout-operator";

    private readonly ActivitySource _traces = new(TraceSource);

    /// <summary>Whether anybody wants to know.</summary>
    internal bool IsTraced => _traces.HasListeners();

    public void Dispose() => _traces.Dispose();

    /// <summary>Begins the trace of a pass, after its decision; it ends when what is given is disposed of.</summary>
    internal Activity? Trace(Decision decision)
    {
        var trace = _traces.StartActivity(
            "change",
            ActivityKind.Internal,
            default(ActivityContext),
            [
                new("rollout_operator.decision", decision.Plan),
                new("rollout_operator.cause", decision.Cause),
                new("rollout_operator.attempts", decision.Attempts),
                new("k8s.namespace.name", decision.Namespace),
                new("rollout_operator.workload.kind", decision.Kind),
                new("rollout_operator.workload.name", decision.Name),
            ],
            startTime: decision.Heard);
        Over("queue", decision.Heard, decision.Began);
        Over("decide", decision.Began, decision.Decided);
        return trace;
    }

    /// <summary>Begins a part of the trace of this pass, if it has one.</summary>
    internal Activity? TracePart(string name) => Activity.Current?.Source == _traces ? _traces.StartActivity(name) : null;

    /// <summary>The trace of this pass, for a part that comes after it; default if it has none.</summary>
    internal ActivityContext TraceContext => Activity.Current is { } current && current.Source == _traces ? current.Context : default;

    /// <summary>Begins a part of the trace of an earlier pass, if that had one.</summary>
    internal Activity? TracePart(string name, ActivityContext trace) => trace == default ? null : _traces.StartActivity(name, ActivityKind.Internal, trace);

    private void Over(string name, DateTimeOffset began, DateTimeOffset ended)
    {
        using var part = _traces.StartActivity(name, ActivityKind.Internal, default(ActivityContext), startTime: began);
        part?.SetEndTime(ended.UtcDateTime);
    }

    /// <summary>What a pass came to.</summary>
    /// <param name="Plan">The decision.</param>
    /// <param name="Cause">The sources that changed, and which of their keys.</param>
    /// <param name="Attempts">Passes since the change that failed.</param>
    /// <param name="Kind">Of the workload.</param>
    /// <param name="Namespace">Its namespace.</param>
    /// <param name="Name">Its name.</param>
    /// <param name="Heard">When the change put the workload in the queue.</param>
    /// <param name="Began">When the pass began.</param>
    /// <param name="Decided">When the decision was there.</param>
    internal readonly record struct Decision(
        string Plan,
        string? Cause,
        int Attempts,
        string Kind,
        string Namespace,
        string Name,
        DateTimeOffset Heard,
        DateTimeOffset Began,
        DateTimeOffset Decided);
}
