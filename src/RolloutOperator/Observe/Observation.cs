using RolloutOperator.Core;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Observe;

/// <summary>What watchers and readers report to the one writer of the stores.</summary>
internal abstract record Observation
{
    private Observation()
    {
    }

    /// <summary>The newest version that this tells of: the cluster's clock has come that far.</summary>
    public virtual ResourceVersion Newest => ResourceVersion.Unknown;

    /// <summary>A feed begins, and has to report before the stores are in sync.</summary>
    public sealed record FeedBegun(FeedName Feed) : Observation;

    /// <summary>A feed has ended and reports no more: what it alone told of is not known any more.</summary>
    public sealed record FeedEnded(FeedName Feed) : Observation;

    /// <summary>It has been said for the first time which namespaces there are, or that this may not be known.</summary>
    public sealed record Surveyed(FeedName Feed) : Observation;

    /// <summary>All workloads of a feed, as a list found them.</summary>
    public sealed record WorkloadsListed(FeedName Feed, IReadOnlyList<Workload> Workloads) : Observation
    {
        public override ResourceVersion Newest => Workloads.Aggregate(
            ResourceVersion.Unknown, (newest, w) => ResourceVersion.Latest(newest, ResourceVersion.Parse(w.Version)));
    }

    /// <summary>A live event about one workload.</summary>
    public sealed record WorkloadSeen(FeedName Feed, WatchEventType Type, Workload Workload) : Observation
    {
        public override ResourceVersion Newest => ResourceVersion.Parse(Workload.Version);
    }

    /// <summary>From here on, every change of a source of this kind in the scope rings.</summary>
    public sealed record BellHung(SourceKind Kind, string? Namespace) : Observation;

    /// <summary>Changes of sources of this kind in the scope cannot be heard.</summary>
    public sealed record BellRefused(SourceKind Kind, string? Namespace, string Detail) : Observation;

    /// <summary>Rings were missed: these are the versions that a complete list found, by name.</summary>
    public sealed record BellMissed(SourceKind Kind, string? Namespace, IReadOnlyDictionary<SourceKey, ResourceVersion> Found) : Observation;

    /// <summary>One source changed.</summary>
    public sealed record Ring(SourceKey Source, bool Deleted, ResourceVersion Version) : Observation
    {
        public override ResourceVersion Newest => Version;
    }

    /// <summary>What is known of the source is older than the version as of which somebody needs it.</summary>
    public sealed record Doubted(SourceKey Source, ResourceVersion AsOf) : Observation;

    /// <summary>The digest keys are others now.</summary>
    public sealed record KeysChanged(DigestKeys Keys) : Observation;

    /// <summary>An attempt to read one source came to an end.</summary>
    /// <param name="Source">The source.</param>
    /// <param name="Ticket">Tells which reference the attempt was made for.</param>
    /// <param name="Outcome">What it came to.</param>
    public sealed record Read(SourceKey Source, long Ticket, ReadOutcome Outcome) : Observation;
}

/// <summary>What an attempt to read a source came to.</summary>
internal abstract record ReadOutcome
{
    private ReadOutcome()
    {
    }

    public sealed record Present(SourceReading Reading) : ReadOutcome;

    public sealed record Absent : ReadOutcome;

    public sealed record Refused(string Detail) : ReadOutcome;

    public sealed record Failed(string Message) : ReadOutcome;
}
