using System.Net;
using System.Text.Json;
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
    private const string KeySecret = "rollout-operator-digest-key";

    /// <param name="api">The API server.</param>
    /// <param name="named">The namespace of the operator, if the caller names it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<Installation> ReadAsync(ApiServer api, string? named, CancellationToken cancellationToken)
    {
        var version = await api.TypedAsync(typed => typed.Version.GetCodeAsync(cancellationToken));
        var found = await DeploymentAsync(api, named, cancellationToken);
        var installation = found is null
            ? Installation.Unknown with
            {
                Namespace = named,
                Doubts = named is not null ? [] : ["No Deployment of the operator was found with your rights; its defaults are assumed. Name its namespace with --operator-namespace."],
            }
            : Read(found, named);
        return await WithKeysAsync(api, installation with { Rule = EnvironmentRules.Of(version?.GitVersion) }, cancellationToken);
    }

    private static async Task<V1Deployment?> DeploymentAsync(ApiServer api, string? named, CancellationToken cancellationToken)
    {
        try
        {
            if (named is null)
            {
                return Newest(await api.TypedAsync(typed => typed.AppsV1.ListDeploymentForAllNamespacesAsync(labelSelector: Label, cancellationToken: cancellationToken)));
            }
        }
        catch (ApiException e) when (e.Status == HttpStatusCode.Forbidden)
        {
            // Without that right it may still be where most people install it.
        }

        try
        {
            return Newest(await api.TypedAsync(
                typed => typed.AppsV1.ListNamespacedDeploymentAsync(named ?? UsualNamespace, labelSelector: Label, cancellationToken: cancellationToken)));
        }
        catch (ApiException e) when (e.Status == HttpStatusCode.Forbidden)
        {
            return null;
        }
    }

    private static V1Deployment? Newest(V1DeploymentList? list) => list?.Items.MaxBy(deployment => deployment.Metadata.CreationTimestamp);

    private static Installation Read(V1Deployment deployment, string? named)
    {
        var container = deployment.Spec.Template.Spec.Containers.FirstOrDefault(each => each.Args?.Contains("run") == true) ?? deployment.Spec.Template.Spec.Containers[0];
        return new Installation { Namespace = named ?? deployment.Metadata.NamespaceProperty, Image = container.Image }
            .With(new([.. container.Args ?? []], (container.Env ?? []).Where(each => each.Value is not null).Select(each => (each.Name, each.Value))));
    }

    private static async Task<Installation> WithKeysAsync(ApiServer api, Installation installation, CancellationToken cancellationToken)
    {
        if (installation.Namespace is not { } @namespace)
        {
            return installation;
        }

        var problem = "does not exist";
        try
        {
            using var secret = await api.FindAsync(ResourcePaths.Named(ResourcePaths.Of(SourceKind.Secret, @namespace), KeySecret), cancellationToken);
            if (secret is not null && Keys(secret.RootElement) is { } keys)
            {
                return installation with { Keys = keys };
            }
        }
        catch (ApiException e) when (e.Status == HttpStatusCode.Forbidden)
        {
            problem = "may not be read by you";
        }

        return installation with
        {
            Doubts = installation.Doubts.Add($"The digest key, Secret {@namespace}/{KeySecret}, {problem}: whether Secrets differ from the ledger cannot be said."),
        };
    }

    private static DigestKeys? Keys(JsonElement secret) => secret.Member("data") is { ValueKind: JsonValueKind.Object } data
        && Bytes(data, "key") is { } current && (data.Member("previous") is null ? [] : Bytes(data, "previous")) is { } earlier
            ? DigestKeys.FromBytes(current, earlier)
            : null;

    private static byte[]? Bytes(JsonElement data, string name) =>
        data.Member(name) is { ValueKind: JsonValueKind.String } text && text.TryGetBytesFromBase64(out var bytes) ? bytes : null;
}
