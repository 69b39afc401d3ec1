using Microsoft.Extensions.Logging;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Hosting;

/// <summary>
/// Asks the API server once, at the start, which of the required permissions are missing, and logs each of them. Later,
/// requests that are refused say so themselves, and are retried: a permission needs no restart to take effect.
/// </summary>
internal sealed class PermissionCheck(OperatorOptions options, KubeClient client, TimeProvider time, ILogger<PermissionCheck> log)
{
    private const int AtOnce = 4;

    /// <summary>Ends only when it is told to, like every loop of the program.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CheckAsync(cancellationToken);
        }
        catch (KubeException e)
        {
            log.PermissionsUnknown(e.Message);
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
    }

    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        // Namespaces that a selector finds are not known yet, and a RoleBinding in each of them is enough.
        var required = RequiredPermissions.Of(options).Where(permission => !permission.InSelected).ToArray();
        var allowed = new bool[required.Length];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, required.Length),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (i, token) => allowed[i] = await client.IsAllowedAsync(required[i].Access, token));
        foreach (var missing in required.Where((_, i) => !allowed[i]))
        {
            if (missing.Access is { Namespace: not null, Name: null } && await client.IsAllowedForNamesAsync(missing.Access, cancellationToken))
            {
                log.PermissionForNames(missing.Access.Verb, missing.Resource, missing.Where, missing.Otherwise);
                continue;
            }

            log.PermissionMissing(missing.Access.Verb, missing.Resource, missing.Where, missing.Otherwise, missing.Command);
        }
    }
}
