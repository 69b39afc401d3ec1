using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>One version of an object, as a watch showed it.</summary>
internal sealed record ObjectVersion(WatchEventType Type, JsonObject Object)
{
    public string Name { get; } = Object.Text("metadata", "name")!;

    public string Uid { get; } = Object.Text("metadata", "uid")!;

    public ulong ResourceVersion { get; } = Object.ResourceVersion();

}

/// <summary>
/// Every version of the objects of one resource in a namespace. A server ends a watch when it likes, so another one follows
/// from the last version that was seen.
/// </summary>
internal sealed class ObjectHistory : IAsyncDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);

    private readonly TestNamespace _space;
    private readonly (string Group, string Version, string Plural) _resource;
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, List<ObjectVersion>> _byUid = [];
    private readonly Task _following;

    private ObjectHistory(TestNamespace space, (string Group, string Version, string Plural) resource, string resourceVersion)
    {
        (_space, _resource) = (space, resource);
        _following = Task.Run(() => FollowAsync(resourceVersion));
    }

    private ICustomObjectsOperations Objects => _space.Cluster.Client.CustomObjects;

    /// <summary>Starts a history with the objects that are there.</summary>
    public static async Task<ObjectHistory> StartAsync(TestNamespace space, string group, string version, string plural)
    {
        var list = await space.Cluster.Client.CustomObjects.ListNamespacedCustomObjectAsync<JsonObject>(group, version, space.Name, plural);
        var history = new ObjectHistory(space, (group, version, plural), list.Text("metadata", "resourceVersion")!);
        history.RecordAll(list);
        return history;
    }

    /// <summary>The versions of all objects, from the first to the last.</summary>
    public IReadOnlyList<ObjectVersion> All
    {
        get
        {
            lock (_byUid)
            {
                return [.. _byUid.Values.SelectMany(versions => versions).OrderBy(version => version.ResourceVersion)];
            }
        }
    }

    /// <summary>The versions of one object.</summary>
    public IReadOnlyList<ObjectVersion> Of(string uid)
    {
        lock (_byUid)
        {
            return _byUid.TryGetValue(uid, out var versions) ? [.. versions] : [];
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following;
        _stop.Dispose();
    }

    private async Task FollowAsync(string? version)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                version = version is null ? await ListAsync() : await WatchAsync(version);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                // The test is over.
            }
            catch (Exception e) when (e is HttpOperationException or HttpRequestException or IOException or OperationCanceledException or JsonException)
            {
                // The version is too old, a connection broke, or the resource is not served any more: the test says what it misses.
                version = null;
                await Task.Delay(RetryDelay, TimeProvider.System, CancellationToken.None);
            }
        }
    }

    private async Task<string?> WatchAsync(string version)
    {
        var expired = false;
        var watch = Objects.WatchListNamespacedCustomObjectAsync(
            _resource.Group, _resource.Version, _space.Name, _resource.Plural,
            resourceVersion: version, timeoutSeconds: 1800, onError: _ => expired = true, cancellationToken: _stop.Token);
        await foreach (var (type, item) in watch)
        {
            var seen = new ObjectVersion(type, JsonObject.Create((JsonElement)item)!);
            version = seen.ResourceVersion.ToString(CultureInfo.InvariantCulture);
            Record(seen);
        }

        return expired ? null : version;
    }

    private async Task<string?> ListAsync()
    {
        var list = await Objects.ListNamespacedCustomObjectAsync<JsonObject>(
            _resource.Group, _resource.Version, _space.Name, _resource.Plural, cancellationToken: _stop.Token);
        RecordAll(list);
        return list.Text("metadata", "resourceVersion");
    }

    private void RecordAll(JsonObject list)
    {
        foreach (var item in list["items"]!.AsArray())
        {
            Record(new(WatchEventType.Modified, item!.AsObject()));
        }
    }

    private void Record(ObjectVersion seen)
    {
        lock (_byUid)
        {
            if (!_byUid.TryGetValue(seen.Uid, out var versions))
            {
                _byUid[seen.Uid] = versions = [];
            }

            if (versions.Count == 0 || versions[^1].ResourceVersion < seen.ResourceVersion)
            {
                versions.Add(seen);
            }
        }

        _space.Changed.Raise();
    }
}
