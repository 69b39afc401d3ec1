using RolloutOperator.Core;
using RolloutOperator.Observe.Images;

namespace RolloutOperator.Observe;

/// <summary>What the stores tell onwards: which of their entries changed, never how.</summary>
internal abstract record Change
{
    private Change()
    {
    }

    /// <summary>A workload appeared, changed in something that matters, or went.</summary>
    public sealed record OfWorkload(WorkloadRef Workload) : Change;

    /// <summary>Something else is known of an image than before.</summary>
    public sealed record OfImage(ImageClaim Image) : Change;

    /// <summary>The state of a referenced source changed, or became known.</summary>
    public sealed record OfSource(SourceKey Source) : Change;
}
