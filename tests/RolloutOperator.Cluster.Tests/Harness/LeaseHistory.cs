using k8s;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>A change of a Lease's holder.</summary>
/// <param name="Identity">The new holder; empty for nobody.</param>
/// <param name="ResourceVersion">The version that the change made.</param>
internal sealed record LeaseHolder(string Identity, ulong ResourceVersion);

/// <summary>Who has held the operators' Lease of a namespace, in order.</summary>
public sealed class LeaseHistory
{
    /// <summary>The name of the Lease.</summary>
    public const string Name = "rollout-operator";

    private readonly TestNamespace _space;
    private readonly ObjectHistory _leases;

    internal LeaseHistory(TestNamespace space, ObjectHistory leases) => (_space, _leases) = (space, leases);

    internal IReadOnlyList<LeaseHolder> Holders
    {
        get
        {
            var holders = new List<LeaseHolder>();
            foreach (var seen in _leases.All.Where(lease => lease.Name == Name))
            {
                var holder = seen.Type == WatchEventType.Deleted ? "" : seen.Object.Text("spec", "holderIdentity") ?? "";
                if (holders is [] || holders[^1].Identity != holder)
                {
                    holders.Add(new(holder, seen.ResourceVersion));
                }
            }

            return holders;
        }
    }

    /// <summary>How often somebody has taken it.</summary>
    public int Acquisitions => Holders.Count(holder => holder.Identity.Length > 0);

    /// <summary>Waits until somebody holds it other than the one named.</summary>
    internal Task<LeaseHolder> HeldByOtherThanAsync(string? identity) => LastAsync(
        $"the Lease is held by somebody other than {identity ?? "nobody"}", last => last.Identity.Length > 0 && last.Identity != identity);

    /// <summary>Waits until nobody holds it.</summary>
    internal Task<LeaseHolder> ReleasedAsync() => LastAsync("the Lease is released", last => last.Identity.Length == 0);

    private Task<LeaseHolder> LastAsync(string what, Func<LeaseHolder, bool> condition) => _space.EventuallyAsync(
        what, () => Task.FromResult(Holders is [.., var last] && condition(last) ? last : null));
}
