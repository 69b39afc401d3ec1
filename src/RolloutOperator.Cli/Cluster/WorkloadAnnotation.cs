using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Cluster;

/// <summary>An annotation of a workload by which people tell the operator something.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value; null when it is not there.</param>
internal sealed record WorkloadAnnotation(string Name, string? Value)
{
    /// <summary>The name of the writes in managedFields.</summary>
    public const string FieldManager = "kubectl-rollout_operator";

    /// <summary>Sets or removes it with the caller's rights, if the workload is still as it was read.</summary>
    /// <returns>False if it has changed meanwhile: it is to be read again.</returns>
    /// <exception cref="CommandException">The API server refused it.</exception>
    public async Task<bool> TryWriteAsync(ApiServer api, FoundWorkload found, DryRun dryRun, CancellationToken cancellationToken)
    {
        var (kind, workload) = (found.Kind, found.Workload.Ref);
        var path = ResourcePaths.Named(ResourcePaths.Of(kind, workload.Namespace), workload.Name)
            + $"?fieldManager={FieldManager}{(dryRun == DryRun.Server ? "&dryRun=All" : "")}";
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["resourceVersion"] = found.Workload.Version,
                ["annotations"] = new JsonObject { [Name] = Value },
            },
        };
        try
        {
            await api.PatchAsync(path, patch, cancellationToken);
            return true;
        }
        catch (ApiException e) when (e.Status == HttpStatusCode.Conflict)
        {
            return false;
        }
        catch (ApiException e) when (e.Status == HttpStatusCode.Forbidden)
        {
            throw new CommandException(
                $"{e.Message}. It takes the right to patch {kind.Resource}: kubectl auth can-i patch {kind.Resource}/{workload.Name} --namespace {workload.Namespace}", e);
        }
    }

    /// <summary>Who else wrote it last, such as a tool that applies manifests; null when nobody did or it is not known.</summary>
    public string? OtherManager(JsonElement workload) => workload.Member("metadata").Items("managedFields")
        .Where(entry => entry.Member("fieldsV1").Member("f:metadata").Member("f:annotations").Member("f:" + Name) is not null)
        .Select(entry => entry.Text("manager"))
        .FirstOrDefault(manager => manager is not (null or FieldManager));
}
