using System.Collections.Immutable;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;
using RolloutOperator.Leadership;
using RolloutOperator.Serving;
using RolloutOperator.Watching;

namespace RolloutOperator.Hosting;

/// <summary>
/// The rights that the operator needs, as a function of its options. Tests hold to it what the examples grant, what
/// docs/reference/rbac.md lists, and what the program asks the API server for.
/// </summary>
internal static class RequiredPermissions
{
    public static ImmutableArray<Permission> Of(OperatorOptions options) =>
        [.. InNamespaces(options), .. OfNamespaces(options), .. options.Secrets ? OfDigestKey(options) : [], .. OfLease(options), .. OfMetrics(options)];

    private static IEnumerable<Permission> InNamespaces(OperatorOptions options)
    {
        var scope = options.Scope;
        return
            from space in scope.Namespaces.Count == 0 ? [null] : scope.Namespaces.ToArray<string?>()
            from right in OfKinds(options).Concat(OfSources(options)).Append(OfEvents()).Concat(OfImages(options))
            select right with { Access = right.Access with { Namespace = space }, InSelected = scope.Selector is not null };
    }

    private static IEnumerable<Permission> OfKinds(OperatorOptions options) =>
        from kind in options.Scope.Kinds.Rows
        from right in Several(kind.Group, kind.Plural, $"no {kind.Resource} are enrolled there", "list", "watch")
            .Concat(options.DryRun ? [] : [One("patch", kind.Group, kind.Plural, $"no {kind.Resource} can be adopted or rolled there")])
        select right;

    private static IEnumerable<Permission> OfSources(OperatorOptions options) =>
        from type in options.Scope.Reading.Sources.Where(kind => kind != SourceKind.Image).Select(SourceListWatch.TypeOf)
        from right in Several(type.Group, type.Plural, $"changes of {type.Plural} are not noticed there", "list", "watch")
            .Append(One("get", type.Group, type.Plural, $"{type.Plural} are not followed there"))
        select right;

    private static Permission OfEvents() =>
        One("create", ResourceTypes.Events.Group, ResourceTypes.Events.Plural, "no Events are recorded on workloads there");

    // Accounts that are followed themselves may be read anyway.
    private static IEnumerable<Permission> OfImages(OperatorOptions options) => options is { Images: true, Secrets: true } && !options.Scope.Reading.Follows(SourceKind.ServiceAccount)
        ? [One("get", ResourceTypes.ServiceAccounts.Group, ResourceTypes.ServiceAccounts.Plural, "pull secrets that only a ServiceAccount names are not used for images there")]
        : [];

    private static IEnumerable<Permission> OfNamespaces(OperatorOptions options) => options.Scope.NamespaceSelector is null
        ? []
        : Several(ResourceTypes.Namespaces.Group, ResourceTypes.Namespaces.Plural, options.Scope.WithoutNamespaces, "list", "watch");

    private static IEnumerable<Permission> OfDigestKey(OperatorOptions options)
    {
        var (space, type) = (options.OperatorNamespace, ResourceTypes.Secrets);
        yield return One(
            "get", type.Group, type.Plural, options.DryRun ? "secrets are not compared with what ledgers say of them" : "secrets are not followed", space, DigestKeySecretBody.Name);
        yield return One("watch", type.Group, type.Plural, "a rotation of the digest key is noticed late", space, DigestKeySecretBody.Name);

        if (!options.DryRun)
        {
            // Of what does not exist yet, the API server does not know the name when it decides.
            yield return One("create", type.Group, type.Plural, "there is no digest key unless somebody else makes it", space);
        }
    }

    private static IEnumerable<Permission> OfLease(OperatorOptions options)
    {
        if (!options.LeaderElect)
        {
            yield break;
        }

        var (space, type, name) = (options.OperatorNamespace, ResourceTypes.Leases, options.Election.LeaseName);
        yield return One("get", type.Group, type.Plural, "this replica cannot lead", space, name);
        yield return One("list", type.Group, type.Plural, "this replica is slow to take over", space, name);
        yield return One("watch", type.Group, type.Plural, "this replica is slow to take over", space, name);
        yield return One("patch", type.Group, type.Plural, "this replica cannot lead", space, name);
        yield return One("create", type.Group, type.Plural, "no replica can lead unless somebody else makes the Lease", space);
    }

    private static IEnumerable<Permission> OfMetrics(OperatorOptions options) => options.AuthenticateMetrics
        ? new[] { ResourceTypes.TokenReviews, ResourceTypes.SubjectAccessReviews }.Select(type => One("create", type.Group, type.Plural, "nobody can read the metrics"))
        : [];

    private static IEnumerable<Permission> Several(string group, string resource, string otherwise, params string[] verbs) =>
        verbs.Select(verb => One(verb, group, resource, otherwise));

    private static Permission One(string verb, string group, string resource, string otherwise, string? space = null, string? name = null) =>
        new(new(verb, group, resource, space, name), otherwise);
}

/// <summary>Something that the operator has to be allowed to do.</summary>
/// <param name="Access">What, in the words of RBAC.</param>
/// <param name="Otherwise">What does not work without it, as a clause.</param>
internal sealed record Permission(KubeAccess Access, string Otherwise)
{
    /// <summary>Whether it is enough to have it in each of the namespaces that a selector finds.</summary>
    public bool InSelected { get; init; }

    /// <summary>The resource with its group, and the name of the object if it is about one.</summary>
    public string Resource =>
        (Access.Group.Length == 0 ? Access.Resource : $"{Access.Resource}.{Access.Group}") + (Access.Name is null ? "" : "/" + Access.Name);

    /// <summary>The scope in words.</summary>
    public string Where => Access.Namespace is { } space ? "namespace " + space : IsClusterScoped ? "the cluster" : "all namespaces";

    /// <summary>The command that checks it.</summary>
    public string Command =>
        $"kubectl auth can-i {Access.Verb} {Resource}"
        + (Access.Namespace is { } space ? " --namespace " + space : IsClusterScoped ? "" : " --all-namespaces") + " --as USER";

    private bool IsClusterScoped => Access.Resource == ResourceTypes.Namespaces.Plural || Access.Resource == ResourceTypes.TokenReviews.Plural || Access.Resource == ResourceTypes.SubjectAccessReviews.Plural;
}
