using System.Net;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cluster.Tests;

/// <summary>The operator has exactly the rights that the examples grant, and each of them is of use.</summary>
[Collection("Labelled namespaces")]
public sealed class RightsTests(Harness.Cluster cluster)
{
    private const string Key = "rights.example.com/test";

    private static readonly string PodSpec = PodSpecs.EnvFrom(SourceKind.ConfigMap, "config", SourceKind.Secret, "secret");

    // Nobody is asked about this tag before it is known with which credentials.
    private static readonly string Imaged = """{"containers": [{"name": "app", "image": "registry.invalid/app:latest"}]}""";

    [Theory]
    [InlineData("rbac.yaml")]
    [InlineData("rbac-namespaced.yaml")]
    public async Task Under_the_rights_of_an_example_everything_works_and_nothing_is_refused_and_every_right_is_used(string example)
    {
        await using var home = await cluster.NamespaceAsync();
        await using var space = await cluster.NamespaceAsync(Key, null);
        await using var rights = await ExampleRights.ApplyAsync(home, space, example);
        var needed = RequiredRights.Of(RightsOptions.Of(home, example == "rbac.yaml" ? [] : [space.Name])).Select(right => right.Access).ToArray();
        await rights.KnownAsync(needed);
        await using var tap = await Wiretap.StartAsync(cluster, await rights.KubeconfigAsync());

        // A watch of the Lease that is late is what reading it is for.
        tap.Before = access => access is { Verb: "list", Resource: "leases" }
            ? EventuallyAsync("the Lease is read", () => Task.FromResult(tap.Asked.Keys.Any(asked => asked is { Verb: "get", Resource: "leases" })))
            : Task.CompletedTask;
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.SecretAsync("secret", ("password", "first"));
        var workloads = new List<TestWorkload>();
        foreach (var kind in WorkloadKinds.BuiltIn.Rows)
        {
            workloads.Add(await space.DeployAsync(kind, "app", PodSpec));
        }

        await space.DeployAsync("imaged", Imaged);
        string[] where = example == "rbac.yaml" ? ["--exclude-namespace", "no-such-namespace"] : ["--namespace", space.Name];
        var running = await home.OperatorAsync(
            ["--kubeconfig", await tap.KubeconfigAsync(home), "--workload-selector", $"{Key}={space.Name}", .. where]);
        await EachAsync(workloads, workload => workload.AdoptedAsync());
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await EachAsync(workloads, workload => workload.RolledAsync(1));
        await space.EditSecretAsync("secret", ("password", "second"));
        await EachAsync(workloads, workload => workload.RolledAsync(2));
        await EventuallyAsync("Events on all kinds", async () => (await space.EventsAsync("app")).Count(reason => reason == "RolloutTriggered") == 6);
        Assert.True(await running.LeadsAsync());
        if (example == "rbac.yaml")
        {
            var plain = await space.DeployAsync("plain", PodSpec, enrolled: false);
            await space.LabelAsync(Names.Enabled, "true");
            await plain.AdoptedAsync();
        }

        await UsedAsync(tap, needed);
        Assert.DoesNotContain(tap.Asked, asked => asked.Value == HttpStatusCode.Forbidden);
        Assert.All(tap.Asked.Keys.Where(asked => asked.Resource != "selfsubjectaccessreviews"), asked => Assert.NotNull(For(asked, needed)));
        Assert.Equal(0, await ForbiddenAsync(running));
        Assert.Equal(0, await running.MetricAsync("rollout_operator_missing_rights{"));
        Assert.DoesNotContain(running.Log, line => line.Contains("Missing right", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_right_that_is_revoked_while_it_runs_is_named_and_counted_and_what_waited_for_it_goes_on_when_it_is_granted()
    {
        await using var home = await cluster.NamespaceAsync();
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        var needed = RequiredRights.Of(RightsOptions.Of(home, [space.Name])).Select(right => right.Access).ToArray();
        var kubeconfig = await new RestrictedUser(home).CreateAsync();
        await using var rights = await GrantedRights.BindAsync(home, needed);
        var running = await home.OperatorAsync("--kubeconfig", kubeconfig, "--namespace", space.Name);
        await workload.AdoptedAsync();
        foreach (var (verb, resource, group, count) in new[] { ("patch", "deployments", ".apps", 1), ("get", "configmaps", "", 2) })
        {
            var right = $"{verb} on {resource}{group} in namespace {space.Name}";
            var gauge = $"rollout_operator_missing_rights{{resource=\"{resource}\",verb=\"{verb}\"}}";
            Assert.Equal(0, await running.MetricAsync(gauge));
            await rights.ChangeAsync([.. needed.Where(access => (access.Verb, access.Resource) != (verb, resource))]);
            await space.EditConfigMapAsync("config", ("greeting", "Namaste " + verb));
            await ToldAsync(running, "Missing right", right);
            await EventuallyAsync("it is counted", async () => await running.MetricAsync(gauge) == 1);
            Assert.Equal(1, await running.MetricAsync("rollout_operator_missing_rights{"));
            Assert.Equal(count - 1, await workload.TemplateChangesAsync());

            await rights.ChangeAsync(needed);
            await ToldAsync(running, "Granted", right);
            await workload.RolledAsync(count);
            await EventuallyAsync("it is counted no more", async () => await running.MetricAsync("rollout_operator_missing_rights{") == 0);
        }
    }

    [Fact]
    public async Task Who_has_no_right_at_all_is_told_each_of_them_once_and_begins_when_they_are_granted()
    {
        await using var home = await cluster.NamespaceAsync();
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        var needed = RequiredRights.Of(RightsOptions.Of(home, [space.Name]));
        var kubeconfig = await new RestrictedUser(home).CreateAsync();
        var running = home.StartOperator("--kubeconfig", kubeconfig, "--namespace", space.Name);
        await EventuallyAsync("all are told", () => Task.FromResult(Told(running, "Missing right").Count >= needed.Length));
        Assert.Equal(
            needed.Select(right => $"{right.Access.Verb} on {right.Resource} in {right.Where}").Order(StringComparer.Ordinal),
            Told(running, "Missing right").Order(StringComparer.Ordinal));
        Assert.Equal(needed.Length, await running.MetricAsync("rollout_operator_missing_rights{"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await running.StatusAsync("/readyz"));
        Assert.Equal(HttpStatusCode.OK, await running.StatusAsync("/healthz"));

        await using var rights = await GrantedRights.BindAsync(home, [.. needed.Select(right => right.Access)]);
        await running.ReadyAsync();
        await workload.AdoptedAsync();
        await EventuallyAsync("all are told", () => Task.FromResult(Told(running, "Granted").Count == needed.Length));
        Assert.Equal(needed.Length, Told(running, "Missing right").Count);
        Assert.Equal(0, await running.MetricAsync("rollout_operator_missing_rights{"));
    }

    private static async Task EachAsync(IEnumerable<TestWorkload> workloads, Func<TestWorkload, Task> act)
    {
        foreach (var workload in workloads)
        {
            await act(workload);
        }
    }

    private static Task EventuallyAsync(string what, Func<Task<bool>> ask) => Harness.Cluster.EventuallyAsync(what, ask);

    // Some come by the clock, as the renewal of the Lease does, and some when everything else is done.
    private static async Task UsedAsync(Wiretap tap, KubeAccess[] needed)
    {
        var unused = needed;
        try
        {
            await EventuallyAsync("every right is used", () => Task.FromResult((unused = [.. unused.Except(Used(tap, needed))]).Length == 0));
        }
        catch (TimeoutException)
        {
            Assert.Empty(unused);
        }
    }

    private static IEnumerable<KubeAccess> Used(Wiretap tap, KubeAccess[] needed) => tap.Asked.Keys.Select(asked => For(asked, needed)).OfType<KubeAccess>();

    // A request is due to the narrowest right that allows it.
    private static KubeAccess? For(KubeAccess asked, KubeAccess[] needed) => needed
        .Where(right => (right.Verb, right.Group, right.Resource) == (asked.Verb, asked.Group, asked.Resource)
            && (right.Namespace is null || right.Namespace == asked.Namespace) && (right.Name is null || right.Name == asked.Name))
        .OrderByDescending(right => right.Name is not null).ThenByDescending(right => right.Namespace is not null)
        .FirstOrDefault();

    private static async Task<int> ForbiddenAsync(RunningOperator running) => (await running.MetricsAsync()).Split('\n')
        .Count(line => line.StartsWith("rollout_operator_api_requests_total", StringComparison.Ordinal)
            && line.Contains("result=\"forbidden\"", StringComparison.Ordinal) && !line.EndsWith(" 0", StringComparison.Ordinal));

    private static Task ToldAsync(RunningOperator running, string beginning, string right) =>
        EventuallyAsync($"{beginning}: {right}", () => Task.FromResult(Told(running, beginning).Contains(right)));

    private static IReadOnlyList<string> Told(RunningOperator running, string beginning) =>
    [
        .. running.Log
            .Where(line => line.Contains($"\"MessageTemplate\":\"{beginning}: ", StringComparison.Ordinal))
            .Select(line => System.Text.Json.Nodes.JsonNode.Parse(line)!["Properties"])
            .Select(said => $"{said.Text("Verb")} on {said.Text("Resource")} in {said.Text("Where")}"),
    ];
}
