using k8s;
using k8s.Models;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Checksums;

namespace RolloutOperator.Cli.Cluster;

/// <summary>Something that commands read.</summary>
/// <param name="Verb">The verb, such as <c>list</c>.</param>
/// <param name="Group">The API group; empty for the core group.</param>
/// <param name="Resource">The plural of the resource.</param>
/// <param name="Namespace">The namespace; null for all of them, and for what is in none.</param>
/// <param name="Otherwise">What does not work without it, as a clause.</param>
internal sealed record ReadRight(string Verb, string Group, string Resource, string? Namespace, string Otherwise)
{
    private const int AtOnce = 4;

    /// <summary>The one object that it is about, or null.</summary>
    public string? Name { get; init; }

    /// <summary>Whether no command works without it.</summary>
    public bool IsEssential { get; init; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Verb} on {Resource}{(Group.Length == 0 ? "" : "." + Group)}{(Name is null ? "" : "/" + Name)} in {(Namespace is null ? (Resource == "namespaces" ? "the cluster" : "all namespaces") : "the namespace " + Namespace)}";

    /// <summary>What the commands read.</summary>
    /// <param name="installation">The operator.</param>
    /// <param name="namespace">The namespace that is asked about; null for all of them.</param>
    public static IEnumerable<ReadRight> Of(Installation installation, string? @namespace)
    {
        foreach (var kind in installation.Kinds.Rows)
        {
            yield return new("list", kind.Group, kind.Plural, @namespace, $"no {kind.Resource} are shown") { IsEssential = true };
            yield return new("get", kind.Group, kind.Plural, @namespace, $"explain cannot answer about {kind.Resource}");
        }

        foreach (var resource in new[] { "configmaps", "secrets", "serviceaccounts" })
        {
            yield return new("get", "", resource, @namespace, $"what is read from {resource} is unknown");
        }

        yield return new("list", "apps", "replicasets", @namespace, "the history of Deployments is not shown");
        yield return new("list", "apps", "controllerrevisions", @namespace, "the history of StatefulSets and DaemonSets is not shown");
        yield return new("list", "", "events", @namespace, "causes of rollouts are not shown");
        if (installation.FollowsNamespaceLabels)
        {
            yield return @namespace is null
                ? new("list", "", "namespaces", null, "which namespaces are enrolled by their label is unknown")
                : new("get", "", "namespaces", @namespace, "whether the namespace is enrolled by its label is unknown") { Name = @namespace };
        }

        if (installation.Namespace is { } home)
        {
            yield return new("list", "apps", "deployments", home, "the operator's options are unknown");
            yield return new("get", "", "secrets", home, "whether Secrets have changed is unknown") { Name = DigestKeys.SecretName };
            yield return new("get", "coordination.k8s.io", "leases", home, "whether a replica leads is unknown") { Name = installation.LeaseName };
        }
    }

    /// <summary>Asks the API server which of them the caller has (SelfSubjectAccessReview).</summary>
    /// <exception cref="CommandException">It does not say.</exception>
    public static async Task<IReadOnlyList<(ReadRight Right, bool IsAllowed)>> ReviewAsync(ApiServer api, IEnumerable<ReadRight> rights, CancellationToken cancellationToken)
    {
        ReadRight[] asked = [.. rights.Distinct()];
        var allowed = new bool[asked.Length];
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(Enumerable.Range(0, asked.Length), options, async (i, token) =>
        {
            var review = new V1SelfSubjectAccessReview { Spec = new() { ResourceAttributes = asked[i].Attributes } };
            allowed[i] = (await api.TypedAsync(typed => typed.AuthorizationV1.CreateSelfSubjectAccessReviewAsync(review, cancellationToken: token)))?.Status.Allowed == true;
        });
        return [.. asked.Zip(allowed)];
    }

    private V1ResourceAttributes Attributes => new() { Verb = Verb, Group = Group, Resource = Resource, NamespaceProperty = Namespace, Name = Name };
}
