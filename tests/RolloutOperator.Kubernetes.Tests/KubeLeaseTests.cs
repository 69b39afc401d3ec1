using System.Text;
using System.Text.Json;

namespace RolloutOperator.Kubernetes.Tests;

public class KubeLeaseTests
{
    private static readonly KubeLeaseChange Change = new("me", 15, new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(2)), Transitions: 3);

    [Fact]
    public void A_Lease_is_read_as_far_as_an_election_needs_it() => Assert.Equal(
        new()
        {
            ResourceVersion = "7",
            Holder = "a",
            DurationSeconds = 15,
            RenewTime = "2026-01-02T03:04:05.000000Z",
            Transitions = 2,
        },
        Read("""
            {"metadata": {"name": "x", "resourceVersion": "7"}, "spec": {"holderIdentity": "a", "leaseDurationSeconds": 15,
             "renewTime": "2026-01-02T03:04:05.000000Z", "leaseTransitions": 2, "acquireTime": "?"}}
            """));

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"metadata": 1, "spec": []}""")]
    [InlineData("""{"metadata": {"resourceVersion": 5}, "spec": {"holderIdentity": {}, "leaseDurationSeconds": "15", "renewTime": 1, "leaseTransitions": 1.5}}""")]
    [InlineData("""{"metadata": null, "spec": {"leaseDurationSeconds": 99999999999}}""")]
    public void What_is_not_as_it_should_be_is_not_there(string lease) => Assert.Equal(new() { ResourceVersion = "" }, Read(lease));

    [Fact]
    public void A_renewal_demands_the_version_and_leaves_the_taking_alone() => Assert.Equal(
        """{"metadata":{"resourceVersion":"7"},"spec":{"holderIdentity":"me","leaseDurationSeconds":15,"renewTime":"2026-01-02T01:04:05.678000Z"}}""",
        Encoding.UTF8.GetString(KubeLeaseBody.Patch("7", Change with { Transitions = null })));

    [Fact]
    public void A_new_one_says_when_it_was_taken_and_how_often() => Assert.Equal(
        """{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"x"},"spec":{"holderIdentity":"me","leaseDurationSeconds":15,"renewTime":"2026-01-02T01:04:05.678000Z","acquireTime":"2026-01-02T01:04:05.678000Z","leaseTransitions":3}}""",
        Encoding.UTF8.GetString(KubeLeaseBody.Create("x", Change)));

    private static KubeLease Read(string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        return KubeLease.Read(ref reader);
    }
}
