using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Deciding;

/// <summary>
/// The least rights with which the operator can do its work for the workloads that are enrolled now. What it needs and
/// what for is in docs/reference/rbac.md; here, names of objects narrow it down.
/// </summary>
/// <param name="installation">The operator.</param>
/// <param name="arguments">Its options.</param>
/// <param name="account">Its ServiceAccount.</param>
internal sealed class LeastRights(Installation installation, RunArguments arguments, RbacSubject account)
{
    private const string Role = "rollout-operator-enrolled";
    private const string OwnRole = "rollout-operator-own";
    private const string ClusterRole = "rollout-operator-cluster";

    private bool IsDryRun => arguments.Has("--dry-run");

    private bool FollowsImages => installation.Rules.Follows(SourceKind.Image) && installation.Rules.Follows(SourceKind.Secret);

    /// <summary>The ServiceAccounts whose pull secrets count: the workloads name none themselves.</summary>
    public IEnumerable<SourceObject> PullAccounts(IEnumerable<FoundWorkload> workloads) => !FollowsImages ? [] :
        from found in workloads
        let pull = found.Workload.Pull
        where pull.Names.IsEmpty && found.Workload.Sources.Any(use => use.Source.Kind == SourceKind.Image)
        select new SourceObject(SourceKind.ServiceAccount, found.Workload.Ref.Namespace, pull.Account);

    /// <param name="workloads">The enrolled workloads.</param>
    /// <param name="accountSecrets">The pull secrets of the accounts.</param>
    public RbacList Of(IReadOnlyCollection<FoundWorkload> workloads, IEnumerable<SourceObject> accountSecrets)
    {
        SourceObject[] pulled = [.. PullAccounts(workloads), .. accountSecrets, .. workloads.SelectMany(PullSecretsOf)];
        SourceObject[] sources =
        [
            .. from found in workloads
               from use in found.Workload.Sources
               where use.Source.Kind != SourceKind.Image && use.Source.CanExist
               select SourceObject.Of(found.Workload.Ref, use.Source),
        ];
        var spaces = workloads.Select(found => found.Workload.Ref.Namespace).Concat(sources.Select(source => source.Namespace));
        return new(
        [
            .. spaces.Distinct().Order(StringComparer.Ordinal).SelectMany(space => Bound(Role, space, InNamespace(space, workloads, sources, pulled))),
            .. installation.Namespace is { } home ? Bound(OwnRole, home, Own()) : [],
            .. Bound(ClusterRole, null, InCluster()),
        ]);
    }

    private IEnumerable<SourceObject> PullSecretsOf(FoundWorkload found) => FollowsImages && found.Workload.Sources.Any(use => use.Source.Kind == SourceKind.Image)
        ? found.Workload.Pull.Names.Select(name => new SourceObject(SourceKind.Secret, found.Workload.Ref.Namespace, name))
        : [];

    private IEnumerable<RbacRule> InNamespace(string space, IEnumerable<FoundWorkload> workloads, SourceObject[] sources, SourceObject[] pulled)
    {
        FoundWorkload[] here = [.. workloads.Where(found => found.Workload.Ref.Namespace == space)];
        if (here.Length > 0)
        {
            foreach (var group in installation.Kinds.Rows.GroupBy(kind => kind.Group))
            {
                yield return new([group.Key], [.. group.Select(kind => kind.Plural)], ["list", "watch"]);
            }

            foreach (var kind in IsDryRun ? [] : here.GroupBy(found => found.Kind))
            {
                yield return new([kind.Key.Group], [kind.Key.Plural], ["patch"], Names(kind.Select(found => found.Workload.Ref.Name)));
            }
        }

        // A list cannot be narrowed by names, since what is absent now may be made.
        string[] listed = [.. sources.Where(source => source.Namespace == space).Select(source => source.Kind.Plural()).Distinct().Order(StringComparer.Ordinal)];
        if (listed.Length > 0)
        {
            yield return new([""], listed, ["list", "watch"]);
        }

        foreach (var kind in sources.Concat(pulled).Where(source => source.Namespace == space).GroupBy(source => source.Kind).OrderBy(kind => kind.Key.Plural(), StringComparer.Ordinal))
        {
            yield return new([""], [kind.Key.Plural()], ["get"], Names(kind.Select(source => source.Name)));
        }

        if (here.Length > 0)
        {
            yield return new(["events.k8s.io"], ["events"], ["create"]);
        }
    }

    private IEnumerable<RbacRule> Own()
    {
        if (installation.Rules.Follows(SourceKind.Secret))
        {
            yield return new([""], ["secrets"], ["get", "watch"], [DigestKeys.SecretName]);
            if (!IsDryRun)
            {
                yield return new([""], ["secrets"], ["create"]);
            }
        }

        if (!IsDryRun && arguments.Last("--leader-elect") != "false")
        {
            yield return new(["coordination.k8s.io"], ["leases"], ["get", "list", "watch", "patch"], [installation.LeaseName]);
            yield return new(["coordination.k8s.io"], ["leases"], ["create"]);
        }
    }

    private IEnumerable<RbacRule> InCluster()
    {
        if (installation.NamespaceSelector is not null)
        {
            yield return new([""], ["namespaces"], ["list", "watch"]);
        }

        if (arguments.Has("--metrics-authentication"))
        {
            yield return new(["authentication.k8s.io"], ["tokenreviews"], ["create"]);
            yield return new(["authorization.k8s.io"], ["subjectaccessreviews"], ["create"]);
        }
    }

    private IEnumerable<RbacObject> Bound(string name, string? space, IEnumerable<RbacRule> rules)
    {
        RbacRule[] all = [.. rules];
        var kind = space is null ? "ClusterRole" : "Role";
        return all.Length == 0 ? [] :
        [
            new(kind, new(name, space)) { Rules = all },
            new(kind + "Binding", new(name, space)) { RoleRef = new(kind, name), Subjects = [account] },
        ];
    }

    private static string[] Names(IEnumerable<string> names) => [.. names.Distinct().Order(StringComparer.Ordinal)];
}
