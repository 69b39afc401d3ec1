using System.Diagnostics;
using System.Text.Json.Nodes;
using RolloutOperator.Core;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>Who has held the operators' Lease of a namespace, in order.</summary>
public sealed class LeaseRecord : IAsyncDisposable
{
    public const string Name = "rollout-operator";

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Holding> _holdings = [];
    private readonly Task _recording;

    private LeaseRecord(TestNamespace @namespace, string version)
    {
        _recording = Task.Run(() => new OneObject(@namespace.Cluster, ResourceTypes.Leases, @namespace.Name, Name).FollowAsync(version, Record, _stop.Token));
    }

    /// <summary>A change of hands.</summary>
    /// <param name="Holder">Who holds it from then on; empty for nobody.</param>
    /// <param name="Version">The version that the change made.</param>
    /// <param name="At">When it was heard of here.</param>
    public sealed record Holding(string Holder, ResourceVersion Version, long At);

    public static async Task<LeaseRecord> BeginAsync(TestNamespace @namespace)
    {
        var now = await @namespace.Cluster.Client.ListPageAsync(ResourceTypes.Leases, @namespace.Name, new() { Limit = 1 }, Json.Read, default);
        Assert.Empty(now.Items);
        return new(@namespace, now.ResourceVersion);
    }

    public Holding? Last
    {
        get
        {
            lock (_holdings)
            {
                return _holdings.Count == 0 ? null : _holdings[^1];
            }
        }
    }

    /// <summary>How many have taken it.</summary>
    public int Takings
    {
        get
        {
            lock (_holdings)
            {
                return _holdings.Count(h => h.Holder.Length > 0);
            }
        }
    }

    /// <summary>Waits until somebody holds it who is not the one named.</summary>
    public Task<Holding> HeldByOtherThanAsync(string? holder) => Cluster.EventuallyAsync(
        $"the Lease is held by somebody other than {holder ?? "nobody"}",
        () => Task.FromResult(Last is { Holder.Length: > 0 } last && last.Holder != holder ? last : null));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _recording;
        _stop.Dispose();
    }

    private void Record(WatchEvent<JsonObject> seen)
    {
        var lease = seen.Object!;
        var holder = seen.Type == WatchEventType.Deleted ? "" : lease.Text("spec", "holderIdentity") ?? "";
        lock (_holdings)
        {
            if (_holdings.Count == 0 || _holdings[^1].Holder != holder)
            {
                _holdings.Add(new(holder, ResourceVersion.Parse(lease.Text("metadata", "resourceVersion")), Stopwatch.GetTimestamp()));
            }
        }
    }
}
