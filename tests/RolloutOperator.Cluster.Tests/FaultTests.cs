using System.Diagnostics;
using k8s;
using k8s.Models;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;
using RolloutOperator.FaultProxy;

namespace RolloutOperator.Cluster.Tests;

/// <summary>The API server is real. What is between it and the operator breaks.</summary>
public sealed class FaultTests(TestCluster cluster)
{
    private const int Many = 20;

    [Trait("Invariant", "I8")]
    [Fact]
    public async Task A_server_that_asks_for_an_hour_is_asked_again_in_a_minute()
    {
        await using var space = await cluster.NamespaceAsync();
        var (proxy, running, workloads) = await StartAsync(space, Many);
        using (var busy = proxy.Plan.Add(IsPatch, Fault.Answer.Failure(503, "ServiceUnavailable", ("Retry-After", "3600"))))
        {
            await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
            await TestCluster.EventuallyAsync("each workload was refused once", () => Task.FromResult(busy.Hits >= Many));
            await running.MetricIsAsync("rollout_operator_failing_workloads ", Many);
        }

        await Task.WhenAll(workloads.Select(workload => workload.RolledAsync(1)));
    }

    [Trait("Invariant", "I8")]
    [Theory]
    [InlineData("0")]
    [InlineData("Wed, 21 Oct 2015 07:28:00 GMT")]
    public async Task A_server_that_asks_for_no_wait_is_asked_ever_more_rarely(string retryAfter)
    {
        await using var space = await cluster.NamespaceAsync();
        var (proxy, running, workloads) = await StartAsync(space, 1);
        using (var busy = proxy.Plan.Add(IsPatch, Fault.Answer.Failure(503, "ServiceUnavailable", ("Retry-After", retryAfter))))
        {
            // The eighth attempt is worth an Event.
            await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
            await space.EventAsync("app-0", "RolloutFailed");
            Assert.Equal(8, busy.Hits);
        }

        // The backoff doubles from 50 ms, and jitter takes half of it away at most.
        Assert.All(Gaps(proxy, IsPatch).TakeLast(7).Select((gap, at) => (gap, at)), each => Assert.True(
            each.gap >= TimeSpan.FromMilliseconds(25 << each.at), $"attempt {each.at + 2} came after {each.gap.TotalMilliseconds} ms"));

        // Attempts 1, 2, 4 and 8 are worth a line.
        var lines = running.Log.Where(line => line.Says("Could not patch")).Select(line => line.Text).ToArray();
        Assert.True(lines.Length == 4, string.Join('\n', lines));
        await workloads[0].RolledAsync(1);
    }

    [Fact]
    public async Task After_an_outage_it_is_ready_although_nothing_happens()
    {
        await using var space = await cluster.NamespaceAsync();
        var (proxy, running, _) = await StartAsync(space, 1);
        using (var outage = proxy.Plan.Add(_ => true, Fault.Answer.Failure(503, "ServiceUnavailable", ("Retry-After", "3600"))))
        {
            proxy.Cut(_ => true);
            await TestCluster.EventuallyAsync("it is not ready", async () => await running.StatusAsync("/readyz") == System.Net.HttpStatusCode.ServiceUnavailable);
            await TestCluster.EventuallyAsync("each watch failed several times", () => Task.FromResult(
                proxy.Requests.Where(request => request is { Verb: "watch", Status: 503 }).GroupBy(request => (request.Resource, request.Name)) is var watches
                && watches.Count() >= 6 && watches.All(watch => watch.Count() >= 4)));
        }

        var end = Stopwatch.GetTimestamp();
        await running.ReadyAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"ready after {Stopwatch.GetElapsedTime(end).TotalSeconds:0.0} s");
    }

    [Fact]
    public async Task Any_watch_that_ends_at_once_is_repeated_ever_more_rarely()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var proxy = await space.FaultProxyAsync();
        proxy.Plan.Add(request => request.Verb == "watch", new Fault.EndWatch());
        space.StartOperator("--kubeconfig", await space.FileAsync("kubeconfig-proxy", proxy.Kubeconfig));
        (string Resource, string? Name)[] watches =
        [
            ("deployments", null), ("statefulsets", null), ("daemonsets", null), ("configmaps", null), ("secrets", null),
            ("secrets", "rollout-operator-digest-key"), ("leases", "rollout-operator"),
        ];
        foreach (var (resource, name) in watches)
        {
            bool IsOfIt(ProxiedRequest request) => request.Verb == "watch" && request.Resource == resource && request.Name == name;
            await TestCluster.EventuallyAsync($"{resource} {name} was watched six times", () => Task.FromResult(proxy.Requests.Count(IsOfIt) >= 6));
            Assert.All(Gaps(proxy, IsOfIt).Take(5).Select((gap, at) => (gap, at)), each => Assert.True(
                each.gap >= TimeSpan.FromMilliseconds(Math.Min(250 << each.at, 1500) * 0.95), $"watch {each.at + 2} of {resource} came after {each.gap.TotalMilliseconds} ms"));
        }
    }

    [Trait("Invariant", "I14")]
    [Fact]
    public async Task An_API_server_that_takes_no_Events_holds_up_no_rollout()
    {
        await using var space = await cluster.NamespaceAsync();
        var (proxy, running, workloads) = await StartAsync(space, Many);
        proxy.Plan.Add(request => request is { Verb: "create", Resource: "events" }, new Fault.Hold());
        for (var round = 1; round <= 3; round++)
        {
            await space.EditConfigMapAsync("config", ("greeting", $"{round}"));
            await Task.WhenAll(workloads.Select(workload => workload.RolledAsync(round)));
        }

        Assert.DoesNotContain(await space.EventsAsync(), e => e.Reason == "RolloutTriggered");
        Assert.Equal(0, await running.TerminateAsync());
        Assert.Contains(running.Log, line => line.Says("Dropped Event"));
    }

    [Trait("Invariant", "I4")]
    [Theory]
    [InlineData("""{"message":"down for maintenance"}""")]
    [InlineData("""{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"other","namespace":"other","resourceVersion":"999999999"}}""")]
    [InlineData("""{"kind":"ConfigMap","apiVersion":"v1","data":{"greeting":"Ciao"}}""")]
    public async Task Success_with_another_body_than_the_object_rolls_nothing(string body)
    {
        await using var space = await cluster.NamespaceAsync();
        var (proxy, _, workloads) = await StartAsync(space, 1);
        using (var maintenance = proxy.Plan.Add(IsRead, new Fault.ReplaceBody(_ => body)))
        {
            await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
            await TestCluster.EventuallyAsync("it was read three times", () => Task.FromResult(maintenance.Hits >= 3));
            Assert.Equal(0, await workloads[0].TemplateChangesAsync());
        }

        await workloads[0].RolledAsync(1);
    }

    [Trait("Invariant", "I2")]
    [Theory]
    [InlineData("replaced", "sent an unexpected response")]
    [InlineData("lost", "broke during patch")]
    [InlineData("late", "did not complete patch")]
    public async Task A_patch_whose_answer_does_not_come_rolls_once(string answer, string said)
    {
        await using var space = await cluster.NamespaceAsync();
        var (proxy, running, workloads) = await StartAsync(space, 1);
        using var fault = proxy.Plan.Add(IsPatch, answer switch
        {
            "replaced" => new Fault.ReplaceBody(_ => """{"message":"down for maintenance"}"""),
            "lost" => new Fault.Cut(Forwards: true),
            _ => new Fault.Delay(TimeSpan.FromSeconds(3)),
        });
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await running.WarnedAsync(said);
        await workloads[0].RolledAsync(1);
        await space.CatchUpAsync();
        Assert.Equal(1, await workloads[0].TemplateChangesAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_read_that_breaks_is_repeated_in_one_place_with_its_backoff(bool hasBegun)
    {
        await using var space = await cluster.NamespaceAsync();
        var (proxy, _, workloads) = await StartAsync(space, 1);
        using (var broken = proxy.Plan.Add(IsRead, hasBegun ? new Fault.CutBody(20) : new Fault.Cut()))
        {
            await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
            await TestCluster.EventuallyAsync("it was read six times", () => Task.FromResult(broken.Hits >= 6));
        }

        // The first read is that of the start.
        Assert.All(Gaps(proxy, IsRead).Skip(1).Take(5).Select((gap, at) => (gap, at)), each => Assert.True(
            each.gap >= TimeSpan.FromMilliseconds(125 << each.at) * 0.95, $"read {each.at + 2} came after {each.gap.TotalMilliseconds} ms"));
        await workloads[0].RolledAsync(1);
    }

    [Trait("Invariant", "I1")]
    [Fact]
    public async Task A_change_that_no_watch_reported_is_found_by_the_next_list()
    {
        await using var space = await cluster.NamespaceAsync();
        var (proxy, running, workloads) = await StartAsync(
            space,
            1,
            proxy => proxy.Plan.Add(
                request => request is { Verb: "watch", Resource: "configmaps" },
                new Fault.Frames(frame => frame.Contains("\"config\"", StringComparison.Ordinal) ? [] : [frame])),
            "--resync-period", "4s");
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workloads[0].RolledAsync(1);
        Assert.Equal(0, await running.MetricAsync("rollout_operator_watch_events_total", "configmaps"));
        Assert.Equal(System.Net.HttpStatusCode.OK, await running.StatusAsync("/readyz"));
    }

    [Trait("Invariant", "I4")]
    [Fact]
    public async Task A_read_that_is_older_than_the_ledger_after_a_restart_rolls_nothing()
    {
        await using var space = await cluster.NamespaceAsync();
        var (_, first, workloads) = await StartAsync(space, 1);
        var old = await cluster.Client.CoreV1.ReadNamespacedConfigMapAsync("config", space.Name);
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workloads[0].RolledAsync(1);
        Assert.Equal(0, await first.TerminateAsync());

        var stale = KubernetesJson.Serialize(old);
        var proxy = await space.FaultProxyAsync();
        using (proxy.Plan.Add(request => IsRead(request) && request.Verb == "get", new Fault.ReplaceBody(_ => stale)))
        using (var lists = proxy.Plan.Add(request => IsRead(request) && request.Verb == "list", new Fault.ReplaceBody(
            _ => $$$"""{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"{{{old.ResourceVersion()}}}"},"items":[{{{stale}}}]}""")))
        {
            await space.OperatorBehindAsync(proxy);
            await TestCluster.EventuallyAsync("it was asked as of when that is", () => Task.FromResult(lists.Hits >= 2));
            Assert.Equal(1, await workloads[0].TemplateChangesAsync());
        }

        await space.EditConfigMapAsync("config", ("greeting", "Ciao"));
        await workloads[0].RolledAsync(2);
    }

    [Trait("Invariant", "I13")]
    [Fact]
    public async Task However_often_it_is_told_to_stop_it_exits_with_0()
    {
        await using var space = await cluster.NamespaceAsync();
        for (var round = 0; round < 3; round++)
        {
            var running = await space.OperatorAsync();
            var exit = running.ExitAsync();
            while (!exit.IsCompleted)
            {
                running.Terminate();
            }

            Assert.Equal(0, await exit);
        }
    }

    private static bool IsPatch(ProxiedRequest request) => request is { Verb: "patch", Resource: "deployments" };

    private static bool IsRead(ProxiedRequest request) => request is { Resource: "configmaps", Name: "config", Verb: "get" or "list" };

    private static IEnumerable<TimeSpan> Gaps(ApiFaultProxy proxy, Func<ProxiedRequest, bool> matches)
    {
        var times = proxy.Requests.Where(matches).Select(request => request.ArrivedAt).ToArray();
        return times.Zip(times.Skip(1), Stopwatch.GetElapsedTime);
    }

    /// <summary>Workloads that read the ConfigMap <c>config</c>, adopted by an operator behind a proxy.</summary>
    private static async Task<(ApiFaultProxy Proxy, OperatorProcess Operator, TestWorkload[] Workloads)> StartAsync(
        TestNamespace space, int count, Action<ApiFaultProxy>? plan = null, params string[] arguments)
    {
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workloads = await Task.WhenAll(Enumerable.Range(0, count).Select(number => space.DeployAsync($"app-{number}", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"))));

        // Nothing but the fault is left to happen: what is known of a workload without pods changes when it gets them.
        await Task.WhenAll(workloads.Select(workload => workload.HasPodsAsync(1)));
        var proxy = await space.FaultProxyAsync();
        plan?.Invoke(proxy);
        var running = await space.OperatorBehindAsync(proxy, arguments);
        await Task.WhenAll(workloads.Select(workload => workload.AdoptedAsync()));
        return (proxy, running, workloads);
    }
}
