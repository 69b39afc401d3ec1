using System.Net;
using k8s;
using k8s.Models;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Cluster;

/// <summary>Finds the operator of a cluster and how it is configured.</summary>
internal static class InstallationReader
{
    private const string Label = "app.kubernetes.io/name=rollout-operator";
    private const string UsualNamespace = "rollout-operator";
    private const string Unfound =
        "No Deployment of the operator was found with your rights, so its default options are assumed. Name its namespace with --operator-namespace.";

    /// <param name="api">The API server.</param>
    /// <param name="named">The namespace of the operator, if the caller names it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<Installation> ReadAsync(ApiServer api, string? named, CancellationToken cancellationToken)
    {
        var version = await api.TypedAsync(typed => typed.Version.GetCodeAsync(cancellationToken));
        var found = await DeploymentAsync(api, named, cancellationToken);
        var installation = found is null ? Installation.Unknown with { Namespace = named, Doubts = [Unfound] } : Read(found, named);
        return await WithKeysAsync(api, installation with { Rule = EnvironmentRules.Of(version?.GitVersion) }, cancellationToken);
    }

    /// <summary>If no operator was found, ledgers still say where the one is that wrote them.</summary>
    public static async Task<Installation> CompleteAsync(ApiServer api, Installation installation, IEnumerable<FoundWorkload> workloads, CancellationToken cancellationToken)
    {
        if (installation.Namespace is not null
            || workloads.Select(found => found.Workload.OwnLedger?.By).OfType<string>().CountBy(by => by).OrderByDescending(count => count.Value).FirstOrDefault().Key?.Split('/') is not [var space, var lease])
        {
            return installation;
        }

        return await WithKeysAsync(api, installation with { Namespace = space, LeaseName = lease }, cancellationToken);
    }

    /// <summary>The Deployment of the operator, the newest one if there are several; null when none can be found with the caller's rights.</summary>
    public static async Task<V1Deployment?> DeploymentAsync(ApiServer api, string? named, CancellationToken cancellationToken) =>
        (await DeploymentsAsync(api, named, isEverywhere: named is null, cancellationToken))?.MaxBy(deployment => deployment.Metadata.CreationTimestamp);

    /// <summary>The Deployments of operators; null when the caller may not list them.</summary>
    /// <param name="api">The API server.</param>
    /// <param name="named">The namespace of the operator, if the caller names it.</param>
    /// <param name="isEverywhere">Whether to look in all namespaces first.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<IList<V1Deployment>?> DeploymentsAsync(ApiServer api, string? named, bool isEverywhere, CancellationToken cancellationToken)
    {
        try
        {
            if (isEverywhere)
            {
                return (await api.TypedAsync(typed => typed.AppsV1.ListDeploymentForAllNamespacesAsync(labelSelector: Label, cancellationToken: cancellationToken)))?.Items;
            }
        }
        catch (ApiException e) when (e.Status == HttpStatusCode.Forbidden)
        {
            // Without that right it may still be where most people install it.
        }

        try
        {
            return (await api.TypedAsync(
                typed => typed.AppsV1.ListNamespacedDeploymentAsync(named ?? UsualNamespace, labelSelector: Label, cancellationToken: cancellationToken)))?.Items;
        }
        catch (ApiException e) when (e.Status == HttpStatusCode.Forbidden)
        {
            return null;
        }
    }

    /// <summary>The options of the operator, as its Deployment has them.</summary>
    public static RunArguments ArgumentsOf(V1Deployment deployment)
    {
        var container = ContainerOf(deployment);
        return new([.. container.Args ?? []], (container.Env ?? []).Where(each => each.Value is not null).Select(each => (each.Name, each.Value)));
    }

    private static Installation Read(V1Deployment deployment, string? named) =>
        new Installation { Namespace = named ?? deployment.Metadata.NamespaceProperty, Image = ContainerOf(deployment).Image }.With(ArgumentsOf(deployment));

    /// <summary>The container that runs the operator.</summary>
    public static V1Container ContainerOf(V1Deployment deployment)
    {
        var containers = deployment.Spec.Template.Spec.Containers;
        return containers.FirstOrDefault(each => each.Args?.Contains("run") == true) ?? containers[0];
    }

    private static async Task<Installation> WithKeysAsync(ApiServer api, Installation installation, CancellationToken cancellationToken)
    {
        if (installation.Namespace is not { } @namespace)
        {
            return installation;
        }

        var (isForbidden, problem) = (false, "may not be read by you");
        try
        {
            using var secret = await api.FindAsync(ResourcePaths.Named(ResourcePaths.Of(SourceKind.Secret, @namespace), DigestKeys.SecretName), cancellationToken);
            if (secret is not null && DigestKeys.OfSecret(secret.RootElement) is { } keys)
            {
                return installation with { Keys = keys };
            }

            problem = secret is null ? "does not exist" : "holds no digest key";
        }
        catch (ApiException e) when (e.Status == HttpStatusCode.Forbidden)
        {
            isForbidden = true;
        }

        return installation with
        {
            AreKeysForbidden = isForbidden,
            Doubts = installation.Doubts.Add($"The digest key, Secret {@namespace}/{DigestKeys.SecretName}, {problem}: whether Secrets differ from the ledger cannot be said."),
        };
    }
}
