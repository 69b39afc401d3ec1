using RolloutOperator.Core;

namespace RolloutOperator.Observe;

/// <summary>Names one ConfigMap or Secret in the cluster.</summary>
internal readonly record struct SourceKey(string Namespace, SourceRef Source)
{
    public override string ToString() => $"{Source} in {Namespace}";
}
