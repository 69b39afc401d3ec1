using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;
using RolloutOperator.Images;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Watching;

/// <summary>What watchers and readers report to the one writer of the stores.</summary>
internal abstract record Observation
{
    private Observation()
    {
    }

    /// <summary>The newest version that this reports: the cluster has reached it.</summary>
    public virtual ResourceVersion Newest => ResourceVersion.Unknown;

    /// <summary>A watch is added, and has to report before the stores are in sync.</summary>
    public sealed record WatchAdded(WatchTarget Target) : Observation;

    /// <summary>A watch has ended: what only it reported is not known any more.</summary>
    public sealed record WatchRemoved(WatchTarget Target) : Observation;

    /// <summary>It has been said for the first time which namespaces there are, or that this may not be known.</summary>
    public sealed record NamespacesKnown(WatchTarget Target) : Observation;

    /// <summary>All workloads of a watch, as a list found them.</summary>
    public sealed record WorkloadsListed(WatchTarget Target, IReadOnlyList<Workload> Workloads) : Observation
    {
        public override ResourceVersion Newest => Workloads.Aggregate(
            ResourceVersion.Unknown, (newest, w) => ResourceVersion.Latest(newest, ResourceVersion.Parse(w.Version)));
    }

    /// <summary>A live event about one workload.</summary>
    public sealed record WorkloadChanged(WatchTarget Target, WatchEventType Type, Workload Workload) : Observation
    {
        public override ResourceVersion Newest => ResourceVersion.Parse(Workload.Version);
    }

    /// <summary>The workloads of a watch may not be listed or watched.</summary>
    public sealed record WorkloadWatchForbidden(WatchTarget Target) : Observation;

    /// <summary>From this version on, every change of a source of this kind in the scope is an event.</summary>
    public sealed record SourceWatchStarted(SourceKind Kind, string? Namespace, ResourceVersion Version) : Observation;

    /// <summary>Sources of this kind in the scope cannot be watched.</summary>
    public sealed record SourceWatchForbidden(SourceKind Kind, string? Namespace, string Detail) : Observation;

    /// <summary>Rings were missed: these are the versions that a complete list found, by name.</summary>
    public sealed record SourcesRelisted(SourceKind Kind, string? Namespace, IReadOnlyDictionary<SourceKey, ResourceVersion> Found) : Observation;

    /// <summary>One source changed.</summary>
    public sealed record SourceChanged(SourceKey Source, bool Deleted, ResourceVersion Version) : Observation
    {
        public override ResourceVersion Newest => Version;
    }

    /// <summary>What is known of the source is older than the version as of which somebody needs it.</summary>
    public sealed record SourceOutdated(SourceKey Source, ResourceVersion AsOf) : Observation;

    /// <summary>The state of an image changed in its store.</summary>
    public sealed record ImageChanged(ImageKey Image) : Observation;

    /// <summary>The digest keys are others now.</summary>
    public sealed record DigestKeysChanged(DigestKeys Keys) : Observation;

    /// <summary>The kubelets of the cluster make variables of other keys now.</summary>
    public sealed record EnvironmentRuleChanged(EnvironmentRule Rule) : Observation;

    /// <summary>An attempt to read one source came to an end.</summary>
    /// <param name="Source">The source.</param>
    /// <param name="Ticket">Tells which reference the attempt was made for.</param>
    /// <param name="Outcome">What it came to.</param>
    public sealed record SourceFetched(SourceKey Source, long Ticket, FetchResult Outcome) : Observation;
}

/// <summary>What an attempt to read a source came to.</summary>
internal abstract record FetchResult
{
    private FetchResult()
    {
    }

    public sealed record Present(SourceReading Reading) : FetchResult;

    public sealed record Absent : FetchResult;

    public sealed record Forbidden(string Detail) : FetchResult;

    public sealed record Failed(string Message) : FetchResult;
}
