using System.Text.Json.Nodes;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>
/// Follows one object from a version on. A server ends a watch when it likes, above all when it is too busy to serve all of them
/// in time, so that where one ends the next one begins.
/// </summary>
internal sealed class OneObject(Cluster cluster, ResourceType type, string @namespace, string name)
{
    private readonly string _selector = "metadata.name=" + name;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Goes on until it is told to stop.</summary>
    public async Task FollowAsync(string version, Action<WatchEvent<JsonObject>> seen, CancellationToken stop)
    {
        try
        {
            for (string? from = version; true;)
            {
                from = from is null ? await LookAsync(seen, stop) : await WatchAsync(from, seen, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The test is over.
        }
    }

    // Gives the version that it has come to, or null when the server does not know any more what came after it.
    private async Task<string?> WatchAsync(string version, Action<WatchEvent<JsonObject>> seen, CancellationToken stop)
    {
        var options = new WatchOptions { ResourceVersion = version, FieldSelector = _selector, Timeout = TimeSpan.FromMinutes(30) };
        try
        {
            await foreach (var e in cluster.Client.WatchAsync(type, @namespace, options, Json.Read, stop))
            {
                version = e.ResourceVersion ?? e.Object!.Text("metadata", "resourceVersion")!;
                if (e.Object is not null)
                {
                    seen(e);
                }
            }
        }
        catch (KubeApiException e) when (e.IsGone)
        {
            return null;
        }
        catch (KubeException)
        {
            // A connection that broke, or a custom kind that is there no more: the test says what it misses.
            await Task.Delay(Pause, TimeProvider.System, stop);
        }

        return version;
    }

    private async Task<string?> LookAsync(Action<WatchEvent<JsonObject>> seen, CancellationToken stop)
    {
        try
        {
            var now = await cluster.Client.ListPageAsync(type, @namespace, new() { FieldSelector = _selector }, Json.Read, stop);
            foreach (var found in now.Items)
            {
                seen(new(WatchEventType.Modified, null, found));
            }

            return now.ResourceVersion;
        }
        catch (KubeException)
        {
            await Task.Delay(Pause, TimeProvider.System, stop);
            return null;
        }
    }
}
