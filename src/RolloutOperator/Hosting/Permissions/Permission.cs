using RolloutOperator.Kubernetes;

namespace RolloutOperator.Hosting.Permissions;

/// <summary>Something that the operator has to be allowed to do.</summary>
/// <param name="Access">What, in the words of RBAC.</param>
/// <param name="Otherwise">What it means that it is missing, as a half-sentence.</param>
internal sealed record Permission(KubeAccess Access, string Otherwise)
{
    /// <summary>Whether it is enough to have it in each of the namespaces that are selected, rather than in all of them.</summary>
    public bool InSelected { get; init; }

    /// <summary>The resource as people name it, with the one object if it is about one.</summary>
    public string Resource =>
        (Access.Group.Length == 0 ? Access.Resource : $"{Access.Resource}.{Access.Group}") + (Access.Name is null ? "" : "/" + Access.Name);

    /// <summary>The scope in words.</summary>
    public string Where =>
        Access.Namespace is not null ? "namespace " + Access.Namespace
        : Access.Resource == ResourceTypes.Namespaces.Plural ? "the cluster"
        : "all namespaces";

    /// <summary>Tells a person whether it is there.</summary>
    public string Command =>
        $"kubectl auth can-i {Access.Verb} {Resource}"
        + (Access.Namespace is not null ? " --namespace " + Access.Namespace : Access.Resource == ResourceTypes.Namespaces.Plural ? "" : " --all-namespaces")
        + " --as USER";

    /// <summary>The same in one of the selected namespaces.</summary>
    public Permission In(string @namespace) => new(Access with { Namespace = @namespace }, Otherwise);
}
