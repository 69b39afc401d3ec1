using Microsoft.Extensions.Logging;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;
using RolloutOperator.Leadership;
using RolloutOperator.Serving;

namespace RolloutOperator.Hosting;

/// <summary>What one run of the operator was asked to do.</summary>
internal sealed record OperatorOptions
{
    /// <summary>The API server and how to prove who we are.</summary>
    public required KubeEndpoint Endpoint { get; init; }

    /// <summary>The namespaces to watch.</summary>
    public required NamespaceOptions Scope { get; init; }

    /// <summary>The kinds of workloads that can be enrolled.</summary>
    public required WorkloadKinds Kinds { get; init; }

    /// <summary>Which workloads are enrolled, and how they are read.</summary>
    public required ReadingRules Reading { get; init; }

    /// <summary>Finds the namespaces that have to be known; null when none has. With a list, that would take a right that is not needed otherwise.</summary>
    public string? NamespacesThatCount =>
        Scope.Selector ?? (Scope.Namespaces.Count == 0 && Reading.Enrolment.ForNamespaceLabel is not null ? Names.Enabled + "=true" : null);

    /// <summary>Where the operator keeps its digest key.</summary>
    public required string OperatorNamespace { get; init; }

    /// <summary>How the one replica is chosen that acts.</summary>
    public required ElectionOptions Election { get; init; }

    /// <summary>How long a change must rest before it rolls a workload that does not say otherwise.</summary>
    public required TimeSpan Settle { get; init; }

    /// <summary>How long a rollout may stand still before it counts as failed.</summary>
    public required TimeSpan StallAfter { get; init; }

    /// <summary>How images are followed.</summary>
    public required ImageOptions Images { get; init; }

    /// <summary>Where traces go, as OTLP over HTTP; null for nowhere.</summary>
    public required Uri? Traces { get; init; }

    /// <summary>Where metrics and probes are served.</summary>
    public required ListenAddress Listen { get; init; }

    /// <summary>The least level that is logged.</summary>
    public required LogLevel LogLevel { get; init; }

    /// <summary>Whether logs are JSON lines rather than text for people.</summary>
    public required bool JsonLogs { get; init; }
}
