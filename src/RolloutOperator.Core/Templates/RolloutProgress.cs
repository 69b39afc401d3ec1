namespace RolloutOperator.Core.Templates;

/// <summary>How far Kubernetes has come with replacing a workload's pods by those of its present template: a closed set.</summary>
public abstract record RolloutProgress
{
    private RolloutProgress()
    {
    }

    /// <summary>All pods are new.</summary>
    /// <param name="Pods">How many there are.</param>
    public sealed record Complete(int Pods) : RolloutProgress;

    /// <summary>The controller has not looked at the present template yet: the status is that of an older one.</summary>
    public sealed record Unobserved : RolloutProgress;

    /// <summary>Pods are being replaced.</summary>
    /// <param name="New">Pods of the present template.</param>
    /// <param name="Desired">How many of them are wanted.</param>
    /// <param name="Old">Pods of another template.</param>
    /// <param name="Available">Available pods, including old ones.</param>
    public sealed record Underway(int New, int Desired, int Old, int Available) : RolloutProgress
    {
        /// <summary>
        /// Whether the status says that it was complete once: it stays so when it is scaled, or loses a node. Only
        /// <see cref="Planning.WorkloadHistory"/> knows whether that refers to the present template.
        /// </summary>
        internal bool IsDeclaredComplete { get; init; }

        /// <summary>Whether it is further than the other one in any respect.</summary>
        public bool IsAheadOf(Underway other) =>
            New > other.New || Old < other.Old || Available > other.Available || Desired != other.Desired;

        /// <summary>The best of both, so that reaching the same point again is not progress.</summary>
        public Underway Best(Underway other) =>
            new(Math.Max(New, other.New), Desired, Math.Min(Old, other.Old), Math.Max(Available, other.Available));
    }

    /// <summary>Pods are old, and Kubernetes will not replace them by itself.</summary>
    /// <param name="Reason">Why, as a half-sentence.</param>
    public sealed record Waiting(string Reason) : RolloutProgress;

    /// <summary>Kubernetes reports that it has stalled.</summary>
    /// <param name="Reason">Why, as a half-sentence.</param>
    public sealed record Failed(string Reason) : RolloutProgress;

    /// <summary>The status does not say.</summary>
    public sealed record Unknown : RolloutProgress;
}
