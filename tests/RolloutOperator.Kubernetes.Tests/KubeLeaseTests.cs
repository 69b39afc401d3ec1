using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s.Models;

namespace RolloutOperator.Kubernetes.Tests;

public class KubeLeaseTests
{
    private static readonly DateTime Now = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(2)).UtcDateTime;
    private static readonly V1LeaseSpec Change = new() { HolderIdentity = "me", LeaseDurationSeconds = 15, RenewTime = Now };

    [Fact]
    public void A_Lease_is_read()
    {
        V1Lease lease = Read("""
            {"metadata": {"name": "x", "resourceVersion": "7", "managedFields": [{"fieldsV1": {"f:spec": {}}, "time": "2026-01-02T03:04:05Z"}]},
             "spec": {"holderIdentity": "a", "leaseDurationSeconds": 15, "renewTime": "2026-01-02T03:04:05.000001Z", "leaseTransitions": 2}}
            """);
        Assert.Equal("7", lease.Metadata.ResourceVersion);
        Assert.Equal(
            new V1LeaseSpec { HolderIdentity = "a", LeaseDurationSeconds = 15, RenewTime = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc).AddTicks(10), LeaseTransitions = 2 },
            lease.Spec);
    }

    [Theory]
    [InlineData("{}", null)]
    [InlineData("""{"metadata": 1, "spec": []}""", null)]
    [InlineData("""{"metadata": {"resourceVersion": 5}, "spec": {"holderIdentity": {}, "leaseDurationSeconds": "15", "renewTime": 1, "leaseTransitions": 1.5}}""", null)]
    [InlineData("""{"metadata": null, "spec": {"leaseDurationSeconds": 99999999999}}""", null)]
    [InlineData("""{"metadata": {"resourceVersion": "5"}, "spec": {"holderIdentity": "a", "renewTime": "yesterday"}}""", "5")]
    public void Fields_of_unexpected_types_are_ignored(string json, string? version)
    {
        V1Lease lease = Read(json);
        Assert.Null(lease.Spec);
        Assert.Equal(version, lease.Metadata?.ResourceVersion);
    }

    [Fact]
    public void A_renewal_states_the_version_and_omits_the_acquisition() => Assert.Equal(
        """{"metadata":{"resourceVersion":"7"},"spec":{"holderIdentity":"me","leaseDurationSeconds":15,"renewTime":"2026-01-02T01:04:05.678000Z"}}""",
        Written(new() { Metadata = new() { ResourceVersion = "7" }, Spec = Change }));

    [Fact]
    public void A_new_Lease_states_the_acquisition()
    {
        string json = Written(new()
        {
            ApiVersion = ResourceTypes.Leases.ApiVersion,
            Kind = ResourceTypes.Leases.Kind,
            Metadata = new() { Name = "x" },
            Spec = Change with { AcquireTime = Now, LeaseTransitions = 3 },
        });
        var expected = JsonNode.Parse("""{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"x"},"spec":{"holderIdentity":"me","leaseDurationSeconds":15,"renewTime":"2026-01-02T01:04:05.678000Z","acquireTime":"2026-01-02T01:04:05.678000Z","leaseTransitions":3}}""");
        Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse(json)), json);
    }

    private static string Written(V1Lease lease) => Encoding.UTF8.GetString(KubeModels.Write(lease, KubeModels.Default.V1Lease));

    private static V1Lease Read(string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        return KubeModels.ReadLease(ref reader);
    }
}
