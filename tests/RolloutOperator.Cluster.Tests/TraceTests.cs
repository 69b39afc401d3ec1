using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>With a collector, each handled change has one trace.</summary>
public sealed class TraceTests(TestCluster cluster)
{
    private const string Value = "a-value-that-no-trace-may-have";

    [Fact]
    public async Task A_change_is_one_trace_from_queue_to_Event_without_values()
    {
        // On a busy machine, the answer to a patch may be late, and its Event comes after the trace. But not every time.
        for (var attempt = 1; !await IsOneTraceAsync(); attempt++)
        {
            Assert.True(attempt < 5, "A patch failed at each attempt.");
        }
    }

    [Fact]
    public async Task Pending_traces_are_exported_at_shutdown()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));

        // The last traces have a second. On a busy machine that may be too short, but not every time.
        var sent = 0;
        for (var attempt = 1; sent == 0 && attempt <= 5; attempt++)
        {
            await using var collector = await TraceCollector.StartAsync();
            var workload = await space.DeployAsync($"app-{attempt}", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
            var running = await space.OperatorAsync("--otlp-endpoint", collector.Address);
            await workload.AdoptedAsync();
            Assert.Equal(0, await running.TerminateAsync());
            sent = Changes(collector, "Adopt").Count();
        }

        Assert.Equal(1, sent);
    }

    [Fact]
    public async Task An_unreachable_collector_delays_nothing()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        var running = await space.OperatorAsync("--otlp-endpoint", $"http://127.0.0.1:{LoopbackHost.FreePort()}");
        await workload.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        Assert.Equal(0, await running.TerminateAsync());
        Assert.DoesNotContain(running.Log, line => line.IsError);
    }

    private async Task<bool> IsOneTraceAsync()
    {
        await using var collector = await TraceCollector.StartAsync();
        await using var space = await cluster.NamespaceAsync();
        await space.SecretAsync("secret", ("password", "1"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.Secret, "secret"));
        var running = await space.OperatorAsync("--otlp-endpoint", collector.Address, "--settle", "500ms");
        await workload.AdoptedAsync();
        await workload.ObservedAsync();
        await space.EditSecretAsync("secret", ("password", Value));
        await workload.RolledAsync(1);
        await space.EventAsync("app", "RolloutTriggered");
        if (await running.MetricAsync("rollout_operator_patches_total{purpose=\"adopt\",result=\"failed\"}") > 0
            || await running.MetricAsync("rollout_operator_patches_total{purpose=\"roll\",result=\"failed\"}") > 0)
        {
            return false;
        }

        var change = await TestCluster.EventuallyAsync("the trace of the rollout has come", () => Task.FromResult(Changes(collector, "Roll").FirstOrDefault()));
        Assert.Single(Changes(collector, "Roll"));
        Assert.Equal("", change.Parent);
        Assert.Equal("secret/secret changed (password)", change.Tags["rollout_operator.cause"]);
        Assert.Equal((space.Name, "Deployment", "app"), (
            change.Tags["k8s.namespace.name"], change.Tags["rollout_operator.workload.kind"], change.Tags["rollout_operator.workload.name"]));

        var parts = collector.Spans.Where(s => s.Parent == change.Id).OrderBy(s => s.Began).ToArray();
        Assert.Equal(["queue", "decide", "patch", "event"], parts.Select(p => p.Name));
        Assert.All(parts, p => Assert.Equal(change.Trace, p.Trace));

        // The Event is recorded beside the pass, and may come after its end.
        Assert.All(parts, p => Assert.True(change.Began <= p.Began && (p.Name == "event" || p.Ended <= change.Ended), p.Name));
        Assert.Equal("RolloutTriggered", parts[^1].Tags["rollout_operator.event.reason"]);
        Assert.True(parts[0].Ended - parts[0].Began >= 500_000_000, "The settling time is part of the trace.");
        Assert.Single(Changes(collector, "Adopt"));
        Assert.DoesNotContain(collector.Bodies, body => body.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(Value)) >= 0);
        return true;
    }

    // A patch that loses its race against the workload's controller has a trace too, without an Event.
    private static IEnumerable<TraceCollector.Span> Changes(TraceCollector collector, string decision) =>
        collector.Spans.Where(s => s.Name == "change" && s.Tags["rollout_operator.decision"] == decision
            && collector.Spans.Any(part => part.Parent == s.Id && part.Name == "event"));
}
