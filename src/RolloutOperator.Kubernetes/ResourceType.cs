namespace RolloutOperator.Kubernetes;

/// <summary>One kind of object as the API server serves it.</summary>
/// <param name="Group">The API group; empty for the core group (<c>/api/v1</c>).</param>
/// <param name="Version">The version within the group, such as <c>v1</c>.</param>
/// <param name="Plural">The lower-case name in the path and in RBAC rules, such as <c>deployments</c>.</param>
/// <param name="Kind">The name inside objects, such as <c>Deployment</c>.</param>
public sealed record ResourceType(string Group, string Version, string Plural, string Kind)
{
    /// <summary>The <c>apiVersion</c> of its objects: <c>apps/v1</c>, or <c>v1</c> for the core group.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <inheritdoc/>
    public override string ToString() => Group.Length == 0 ? Plural : $"{Plural}.{Group}";
}
