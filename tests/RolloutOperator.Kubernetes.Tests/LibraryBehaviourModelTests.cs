using k8s;
using k8s.Models;

namespace RolloutOperator.Kubernetes.Tests;

/// <summary>What KubernetesClient.Aot does with models where the operator has a JSON context of its own (ADR 20).</summary>
public class LibraryBehaviourModelTests
{
    private const string Lease = """{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"l","managedFields":[{"fieldsV1":{"f:spec":{}}}]},"spec":{}}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_Lease_that_was_read_cannot_be_written_back()
    {
        await using ApiServer server = await ApiServer.StartAsync(context => context.JsonAsync(Lease));
        using var client = new k8s.Kubernetes(new KubernetesClientConfiguration { Host = server.Address.AbsoluteUri });
        V1Lease lease = await client.CoordinationV1.ReadNamespacedLeaseAsync("l", "n", cancellationToken: Token);
        await Assert.ThrowsAsync<NotSupportedException>(() => client.CoordinationV1.ReplaceNamespacedLeaseAsync(lease, "l", "n", cancellationToken: Token));
    }
}
