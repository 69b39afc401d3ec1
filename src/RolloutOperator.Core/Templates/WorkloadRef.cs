namespace RolloutOperator.Core.Templates;

/// <summary>The name of one workload in the cluster: the key that everything about it carries.</summary>
/// <param name="Kind">The kind as the API writes it, for example <c>Deployment</c>.</param>
/// <param name="Namespace">The namespace that the workload lives in.</param>
/// <param name="Name">The name of the workload.</param>
public readonly record struct WorkloadRef(string Kind, string Namespace, string Name)
{
    /// <summary>Gives <c>Deployment shop/greetings</c>, the form used in messages.</summary>
    public override string ToString() => $"{Kind} {Namespace}/{Name}";
}
