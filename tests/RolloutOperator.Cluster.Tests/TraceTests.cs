using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;

namespace RolloutOperator.Cluster.Tests;

/// <summary>One trace for each change that is answered, where a collector was named.</summary>
public sealed class TraceTests(Harness.Cluster cluster)
{
    private const string Value = "a-value-that-no-trace-may-have";

    [Fact]
    public async Task A_change_is_one_trace_from_the_queue_to_the_Event_and_has_no_value()
    {
        await using var collector = await TraceCollector.StartAsync();
        await using var space = await cluster.NamespaceAsync();
        await space.SecretAsync("secret", ("password", "1"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.Secret, "secret"));
        var running = await space.OperatorAsync("--otlp-endpoint", collector.Address, "--settle", "500ms");
        await workload.AdoptedAsync();
        await space.EditSecretAsync("secret", ("password", Value));
        await workload.RolledAsync(1);
        await space.NoteAsync("app", "RolloutTriggered");

        // What has not been sent yet is sent at the end.
        Assert.Equal(0, await running.TerminateAsync());
        var change = Assert.Single(collector.Spans, s => s.Name == "change" && s.Tags["rollout_operator.decision"] == "Roll");
        Assert.Equal("", change.Parent);
        Assert.Equal("secret/secret changed (password)", change.Tags["rollout_operator.cause"]);
        Assert.Equal((space.Name, "Deployment", "app"), (
            change.Tags["k8s.namespace.name"], change.Tags["rollout_operator.workload.kind"], change.Tags["rollout_operator.workload.name"]));

        var parts = collector.Spans.Where(s => s.Parent == change.Id).OrderBy(s => s.Began).ToArray();
        Assert.Equal(["queue", "decide", "patch", "event"], parts.Select(p => p.Name));
        Assert.All(parts, p => Assert.Equal(change.Trace, p.Trace));
        Assert.All(parts, p => Assert.True(change.Began <= p.Began && p.Ended <= change.Ended, p.Name));
        Assert.Equal("RolloutTriggered", parts[^1].Tags["rollout_operator.event.reason"]);
        Assert.True(parts[0].Ended - parts[0].Began >= 500_000_000, "The settling time is part of the trace.");
        Assert.Single(collector.Spans, s => s.Name == "change" && s.Tags["rollout_operator.decision"] == "Adopt");
        Assert.DoesNotContain(collector.Bodies, body => body.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(Value)) >= 0);
    }

    [Fact]
    public async Task A_collector_that_is_away_delays_nothing()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        var running = await space.OperatorAsync("--otlp-endpoint", $"http://127.0.0.1:{Harness.Cluster.FreePort()}");
        await workload.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        Assert.Equal(0, await running.TerminateAsync());
        Assert.DoesNotContain(running.Log, line => line.Contains("\"Level\":\"Error\"", StringComparison.Ordinal));
    }
}
