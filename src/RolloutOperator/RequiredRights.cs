using System.Collections.Immutable;
using RolloutOperator.Core;
using RolloutOperator.Kubernetes;
using RolloutOperator.Observe;
using RolloutOperator.Rights;

namespace RolloutOperator;

/// <summary>
/// The rights that the operator needs, as a function of its options. Tests hold to it what the examples grant, what the
/// README lists, and what the program asks the API server for.
/// </summary>
internal static class RequiredRights
{
    private static readonly ImmutableArray<ResourceType> Sources =
        [SourceBell.TypeOf(SourceKind.ConfigMap), SourceBell.TypeOf(SourceKind.Secret)];

    public static ImmutableArray<Right> Of(OperatorOptions options) =>
        [.. InNamespaces(options), .. OfNamespaces(options), .. OfDigestKey(options), .. OfLease(options)];

    /// <summary>What it means that namespaces are not known, as a half-sentence.</summary>
    public static string WithoutNamespaces(OperatorOptions options) => options.Scope.Selector is null
        ? $"the label {Names.Enabled} of namespaces has no effect"
        : "nothing is watched";

    /// <summary>The one who asks whether they are granted.</summary>
    public static Reviewer Review(Surroundings around)
    {
        var reviewer = new Reviewer(Of(around.Options), around.Client, around.Time, Surroundings.Chance, around.Log<Reviewer>());
        around.Client.Observer += call =>
        {
            if (call.StatusCode == (int)System.Net.HttpStatusCode.Forbidden)
            {
                reviewer.Doubt(call.Verb, call.Resource);
            }
        };
        around.Instruments.ObserveMissingRights(() => reviewer.Missing.Select(right => (right.Access.Resource, right.Access.Verb)));
        return reviewer;
    }

    private static IEnumerable<Right> InNamespaces(OperatorOptions options)
    {
        var scope = options.Scope;
        return
            from space in scope.Namespaces.Count == 0 ? [null] : scope.Namespaces.ToArray<string?>()
            from right in OfKinds(options).Concat(OfSources()).Append(OfEvents()).Concat(OfImages(options))
            select right with { Access = right.Access with { Namespace = space }, InSelected = scope.Selector is not null };
    }

    private static IEnumerable<Right> OfKinds(OperatorOptions options) =>
        from kind in options.Kinds.Rows
        from right in Several(kind.Group, kind.Plural, $"no {kind.Resource} are enrolled there", "list", "watch")
            .Append(One("patch", kind.Group, kind.Plural, $"no {kind.Resource} can be adopted or rolled there"))
        select right;

    private static IEnumerable<Right> OfSources() =>
        from type in Sources
        from right in Several(type.Group, type.Plural, $"changes of {type.Plural} are not noticed there", "list", "watch")
            .Append(One("get", type.Group, type.Plural, $"workloads that use {type.Plural} are blocked there"))
        select right;

    private static Right OfEvents() =>
        One("create", ResourceTypes.Events.Group, ResourceTypes.Events.Plural, "no Events are recorded on workloads there");

    private static IEnumerable<Right> OfImages(OperatorOptions options) => options.Images.Enabled
        ? [One("get", ResourceTypes.ServiceAccounts.Group, ResourceTypes.ServiceAccounts.Plural, "pull secrets that only a ServiceAccount names are not used for images there")]
        : [];

    private static IEnumerable<Right> OfNamespaces(OperatorOptions options) => options.NamespacesThatCount is null
        ? []
        : Several(ResourceTypes.Namespaces.Group, ResourceTypes.Namespaces.Plural, WithoutNamespaces(options), "list", "watch");

    private static IEnumerable<Right> OfDigestKey(OperatorOptions options)
    {
        var (space, type) = (options.OperatorNamespace, ResourceTypes.Secrets);
        yield return One("get", type.Group, type.Plural, "the operator waits for its digest key and does nothing else", space, KeySecretBody.Name);
        yield return One("watch", type.Group, type.Plural, "a rotation of the digest key is noticed late", space, KeySecretBody.Name);

        // Of what does not exist yet, the API server does not know the name when it decides.
        yield return One("create", type.Group, type.Plural, "there is no digest key unless somebody else makes it", space);
    }

    private static IEnumerable<Right> OfLease(OperatorOptions options)
    {
        if (!options.Election.Enabled)
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

    private static IEnumerable<Right> Several(string group, string resource, string otherwise, params string[] verbs) =>
        verbs.Select(verb => One(verb, group, resource, otherwise));

    private static Right One(string verb, string group, string resource, string otherwise, string? space = null, string? name = null) =>
        new(new(verb, group, resource, space, name), otherwise);
}
