using System.Text.Json.Nodes;
using RolloutOperator.Leadership;
using RolloutOperator.Serving;
using RolloutOperator.Tests.Serving;

namespace RolloutOperator.Tests.Leadership;

public class LeaseClientTests
{
    private const string Created = """{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"operator"},"spec":{"holderIdentity":"me","leaseDurationSeconds":15,"renewTime":"2026-01-01T00:00:00.000000Z","acquireTime":"2026-01-01T00:00:00.000000Z","leaseTransitions":0}}""";
    private const string Renewed = """{"metadata":{"resourceVersion":"7"},"spec":{"holderIdentity":"me","leaseDurationSeconds":15,"renewTime":"2026-01-01T00:00:00.000000Z"}}""";

    [Theory]
    [InlineData(null, 0, "POST", "/apis/coordination.k8s.io/v1/namespaces/shop/leases", Created)]
    [InlineData("7", null, "PATCH", "/apis/coordination.k8s.io/v1/namespaces/shop/leases/operator", Renewed)]
    public async Task A_write_has_these_members_and_no_others(string? version, int? transitions, string method, string path, string body)
    {
        await using Loopback server = await Loopback.StartAsync();
        var time = new TestClock();
        using var meters = new Meters();
        using var client = server.Client(time);
        var leases = new LeaseClient(client, new("shop", "operator", "me", IsUnique: true, LeaseTimes.Default), new(time), time, meters.Instruments);
        await leases.SendAsync(new ElectionRequest.Write(version, "me", transitions), TestContext.Current.CancellationToken);
        Loopback.Request sent = await server.NextAsync();
        Assert.Equal((method, path), (sent.Method, sent.Path));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(body), JsonNode.Parse(sent.Body)), sent.Body);
    }
}
