using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace RolloutOperator.Core.Templates;

/// <summary>The table of kinds: those of Kubernetes, and those that were added by configuration.</summary>
public sealed class WorkloadKinds
{
    private readonly ImmutableDictionary<string, WorkloadKind> _byName;

    private WorkloadKinds(ImmutableArray<WorkloadKind> rows)
    {
        Rows = rows;
        _byName = rows.ToImmutableDictionary(row => row.Kind, StringComparer.Ordinal);
    }

    /// <summary>The kinds of Kubernetes itself.</summary>
    public static WorkloadKinds BuiltIn { get; } =
        new([WorkloadKind.Deployment, WorkloadKind.StatefulSet, WorkloadKind.DaemonSet]);

    /// <summary>Every kind that is watched.</summary>
    public ImmutableArray<WorkloadKind> Rows { get; }

    /// <summary>The kind of this name, which a workload of the store carries.</summary>
    public WorkloadKind this[string kind] => _byName[kind];

    /// <summary>
    /// Adds a row. Not one whose name is there, since names of workloads tell kinds apart by it, nor one of a resource
    /// that is there, since each object would then be two workloads.
    /// </summary>
    public bool TryAdd(WorkloadKind kind, [NotNullWhen(true)] out WorkloadKinds? more)
    {
        more = Rows.Any(row => row.Kind == kind.Kind || (row.Group == kind.Group && row.Plural == kind.Plural))
            ? null
            : new(Rows.Add(kind));
        return more is not null;
    }
}
