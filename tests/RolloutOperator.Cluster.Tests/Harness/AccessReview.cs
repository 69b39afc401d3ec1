using System.Text.Json.Nodes;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>Asks the API server what an account may do: its view of roles comes a little after what it stores.</summary>
internal static class AccessReview
{
    /// <summary>Waits until an account of the namespace is allowed each of these, or none of them.</summary>
    public static async Task KnownAsync(TestNamespace home, string account, IEnumerable<KubeAccess> accesses, bool allowed = true)
    {
        foreach (var access in accesses)
        {
            await Cluster.EventuallyAsync($"{access} is {(allowed ? "allowed" : "forbidden")}", async () => await IsAllowedAsync(home, account, access) == allowed);
        }
    }

    private static async Task<bool> IsAllowedAsync(TestNamespace home, string account, KubeAccess access)
    {
        var asked = Json.Strings(("verb", access.Verb), ("group", access.Group), ("resource", access.Resource));
        asked["namespace"] = access.Namespace;
        asked["name"] = access.Name;
        var review = await home.Cluster.Client.CreateAsync(Kinds.AccessReviews, null, Json.Bytes(new()
        {
            ["spec"] = new JsonObject { ["user"] = $"system:serviceaccount:{home.Name}:{account}", ["resourceAttributes"] = asked },
        }), "test", Json.Read, default);
        return review.At("status", "allowed")!.GetValue<bool>();
    }
}
