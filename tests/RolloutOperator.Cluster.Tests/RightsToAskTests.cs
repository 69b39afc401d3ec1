using System.Text.RegularExpressions;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>The commands with the rights of examples/rbac-people*.yaml, and with one of them missing: then they say which, and never something wrong.</summary>
[Collection(ClusterWide.Name)]
public sealed partial class RightsToAskTests(TestCluster cluster)
{
    private const string Person = "person";

    private static readonly string PodSpec = PodSpecs.EnvFrom(SourceKind.ConfigMap, "config", SourceKind.Secret, "password");

    // All that ask about one namespace. What they print is checked where the command is tested.
    private static readonly string[][] Commands =
    [
        ["explain", "deployment/app"], ["plan"], ["status"], ["graph"], ["history", "deployment/app"], ["rbac"], ["pause", "deployment/app", "--dry-run=client"], ["version"],
    ];

    [Theory]
    [InlineData("rbac-people-namespaced.yaml")]
    [InlineData("rbac-people.yaml")]
    public async Task The_rights_of_the_example_are_enough_for_every_command(string example)
    {
        await using var home = await cluster.NamespaceAsync();
        await using var space = await cluster.NamespaceAsync();
        await ChangedAsync(home, space);
        await using var ask = await PersonAsync(home, space, example);
        foreach (var command in Commands)
        {
            var result = await ask.RunAsync(command);
            Assert.Equal((command[0], command[0] == "plan" ? 2 : 0), (command[0], result.ExitCode));

            // That of rbac says for which options the Roles are.
            Assert.True(result.Error.Length == 0 || (command[0] == "rbac" && !result.Error.Contains("it takes", StringComparison.Ordinal)), result.Error);
        }

        var doctor = await ask.RunAsync("doctor", "-o", "json");
        Assert.Contains(doctor.Json["checks"]!.AsArray(), check => (string?)check!["check"] == "Rights" && (string?)check["result"] == "Ok");
        Assert.Equal(
            example == "rbac-people.yaml" ? [] : ["Webhooks"],
            doctor.Json["checks"]!.AsArray().Where(check => (string?)check!["result"] == "Skip").Select(check => (string?)check!["check"]));
        var all = await ask.RunAsync("status", "-A", "-o", "name");
        Assert.Equal(example == "rbac-people.yaml" ? 0 : 1, all.ExitCode);
        Assert.True(all.ExitCode == 0 || all.Error.Contains("cannot list resource \"deployments\" in API group \"apps\" at the cluster scope", StringComparison.Ordinal), all.Everything);
        var refused = await ask.RunAsync("pause", "deployment/app");
        Assert.Equal((1, true), (refused.ExitCode, refused.Error.Contains("cannot patch resource \"deployments\"", StringComparison.Ordinal)));
    }

    // Both sources have changed, so that whoever cannot see one of them still sees the other.
    [Theory]
    [InlineData("list", "deployments", "status", 1, "cannot list resource \"deployments\"")]
    [InlineData("list", "deployments", "plan", 1, "cannot list resource \"deployments\"")]
    [InlineData("list", "deployments", "graph", 1, "cannot list resource \"deployments\"")]
    [InlineData("list", "deployments", "rbac", 1, "cannot list resource \"deployments\"")]
    [InlineData("list", "statefulsets", "status", 1, "cannot list resource \"statefulsets\"")]
    [InlineData("get", "deployments", "explain", 1, "cannot get resource \"deployments\"")]
    [InlineData("get", "deployments", "history", 1, "cannot get resource \"deployments\"")]
    [InlineData("get", "deployments", "pause", 1, "cannot get resource \"deployments\"")]
    [InlineData("list", "replicasets", "history", 1, "cannot list resource \"replicasets\"")]
    [InlineData("list", "replicasets", "explain", 0, "note: Its rollouts are not shown: .*cannot list resource \"replicasets\"")]
    [InlineData("list", "events", "history", 0, "note: Results and durations of rollouts, and some causes, are not shown: it takes list on events in the namespace")]
    [InlineData("list", "events", "explain", 0, "note: Results and durations of rollouts, and some causes, are not shown: it takes list on events in the namespace")]
    [InlineData("get", "namespaces", "status", 0, "note: The label of the namespace .*, which may enrol workloads, may not be read by you: it takes get on namespaces/")]
    [InlineData("get", "namespaces", "graph", 0, "note: The label of the namespace .*, which may enrol workloads, may not be read by you: it takes get on namespaces/")]
    [InlineData("get", "namespaces", "rbac", 0, "note: The label of the namespace .*, which may enrol workloads, may not be read by you: it takes get on namespaces/")]
    [InlineData("get", "secrets", "explain", 0, "Stale[^$]*secret/password +may not be read by you: it takes get on secrets in the namespace")]
    [InlineData("get", "configmaps", "explain", 0, "Stale[^$]*configmap/config +may not be read by you: it takes get on configmaps in the namespace")]
    [InlineData("get", "configmaps", "status", 0, "Stale +.*secret/password changed")]
    [InlineData("get", "configmaps", "plan", 2, "Would roll\n +deployment/app")]
    public async Task Without_a_right_it_says_which_is_missing(string verb, string resource, string command, int exitCode, string said)
    {
        await using var space = await cluster.NamespaceAsync();
        await ChangedAsync(space, space);
        var ask = await WithoutAsync(space, verb, resource);
        var result = await ask.RunAsync([.. Commands.Single(each => each[0] == command)]);
        Assert.True(exitCode == result.ExitCode, result.Everything);
        Assert.Matches(said, result.Everything);
        Assert.True(exitCode != 1 || result.Output.Length == 0, result.Output);
    }

    [Theory]
    [InlineData("get", "configmaps", "configmap/config may not be read by you: it takes get on configmaps in the namespace")]
    [InlineData("get", "secrets", "secret/password may not be read by you: it takes get on secrets in the namespace")]
    public async Task What_may_have_changed_unseen_is_not_said_to_be_up_to_date(string verb, string resource, string why)
    {
        await using var space = await cluster.NamespaceAsync();
        await AdoptedAsync(space, space);
        var reader = await CliProcess.ReaderAsync(space, space);
        Assert.Equal(0, (await reader.RunAsync("plan")).ExitCode);

        var ask = await WithoutAsync(space, verb, resource);
        var status = await ask.RunAsync("status");
        Assert.Equal(0, status.ExitCode);
        Assert.Contains("Unknown", status.Output, StringComparison.Ordinal);
        Assert.Contains(why, status.Output, StringComparison.Ordinal);
        Assert.Contains($"It cannot be said: {why}", (await ask.RunAsync("explain", "deployment/app")).Output, StringComparison.Ordinal);
        var plan = await ask.RunAsync("plan");
        Assert.Equal(1, plan.ExitCode);
        Assert.Contains("Nothing that can be told would roll; 0 blocked, 0 held, of 1 it cannot be said, 0 would not roll.", plan.Output, StringComparison.Ordinal);
        Assert.Contains($"error: whether Deployment {space.Name}/app would roll cannot be said: {why}", plan.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_right_to_read_the_namespace_it_is_not_said_that_nothing_is_enrolled()
    {
        await using var home = await cluster.NamespaceAsync();
        await using var space = await cluster.NamespaceAsync();
        var workload = await space.DeployAsync("app", PodSpec, enrolled: false);
        await workload.HasPodsAsync(1);
        await space.LabelAsync(Names.Enabled, "true");
        var explained = await (await WithoutAsync(space, "get", "namespaces")).RunAsync("explain", "deployment/app", "-o", "json");
        Assert.Equal("Unknown", (string?)explained.Json["workload"]!["state"]);
        Assert.Equal($"It cannot be said: the label of the namespace {space.Name}, which may enrol workloads, may not be read by you: it takes get on namespaces/{space.Name}.", (string?)explained.Json["decision"]);
        await using var reader = await PersonAsync(home, space, "rbac-people-namespaced.yaml");

        // It is enrolled, and its sources do not exist.
        Assert.Equal("Blocked", (string?)(await reader.RunAsync("explain", "deployment/app", "-o", "json")).Json["workload"]!["state"]);
    }

    // Adopted, and then changed while no operator looks.
    private static async Task ChangedAsync(TestNamespace home, TestNamespace space)
    {
        await AdoptedAsync(home, space);
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await space.EditSecretAsync("password", ("password", "second"));
    }

    private static async Task AdoptedAsync(TestNamespace home, TestNamespace space)
    {
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.SecretAsync("password", ("password", "first"));
        var workload = await space.DeployAsync("app", PodSpec);
        await workload.HasPodsAsync(1);
        await new FakeKubelet(space).UntilAsync(workload, ("availableReplicas", 1));

        // It stands for the operator.
        var deployment = await home.DeployAsync("rollout-operator", """
            {"containers": [{"name": "operator", "image": "registry.invalid/rollout-operator:9.9.9", "args": ["run"]}]}
            """, enrolled: false);
        await deployment.LabelAsync("app.kubernetes.io/name", "rollout-operator");
        var running = await home.OperatorAsync("--namespace", space.Name);
        await workload.AdoptedAsync();
        Assert.Equal(0, await running.TerminateAsync());
    }

    // With the rights of the example for one namespace but this one.
    private static async Task<CliProcess> WithoutAsync(TestNamespace space, string verb, string resource)
    {
        var rights = Permission.Of("apps", "deployments", space.Name, "get", "list")
            .Concat(new[] { "statefulsets", "daemonsets" }.SelectMany(each => Permission.Of("apps", each, space.Name, "get", "list")))
            .Concat(new[] { "configmaps", "serviceaccounts" }.SelectMany(each => Permission.Of("", each, space.Name, "get", "list")))
            .Concat([new("get", "", "secrets", space.Name, resource == "secrets" ? "rollout-operator-digest-key" : null), new("get", "", "namespaces", space.Name)])
            .Concat([new("list", "apps", "replicasets", space.Name), new("list", "apps", "controllerrevisions", space.Name), new("list", "", "events", space.Name)]);
        var left = rights.Where(each => each.Resource != resource || each.Verb != verb || each.Name is not null);
        return new(space, (await TestAccount.CreateAsync(space, left, Person)).Kubeconfig);
    }

    // The file as it is, but for the names of the namespaces and of what is in none; and an account that has the roles of the people in it.
    private static async Task<Asker> PersonAsync(TestNamespace home, TestNamespace space, string example)
    {
        var name = "ask-" + home.Name;
        var text = Repository.Read("examples", example).Replace("namespace: shop\n", $"namespace: {space.Name}\n", StringComparison.Ordinal)
            .Replace("namespace: rollout-operator\n", $"namespace: {home.Name}\n", StringComparison.Ordinal);
        text = AskName().Replace(text, name);
        await home.Cluster.KubectlAsync("apply", "-f", await home.FileAsync(example, Subject().Replace(text, $"  - kind: ServiceAccount\n    name: {Person}-reads\n    namespace: {space.Name}\n")));
        var account = await TestAccount.CreateAsync(space, [], Person + "-reads");
        await TestAccount.AuthorizedAsync(space, Person + "-reads",
        [
            new("list", "apps", "deployments", space.Name), new("get", "", "secrets", home.Name, "rollout-operator-digest-key"), new("list", "", "events", space.Name),
            .. example == "rbac-people.yaml" ? [new Permission("list", "", "namespaces", null)] : Array.Empty<Permission>(),
        ]);
        return new(home, name, new(space, account.Kubeconfig));
    }

    [GeneratedRegex("rollout-operator-ask")]
    private static partial Regex AskName();

    [GeneratedRegex("  - apiGroup: rbac.authorization.k8s.io\n    kind: Group\n    name: [a-z-]+\n")]
    private static partial Regex Subject();

    private sealed record Asker(TestNamespace Home, string Role, CliProcess Cli) : IAsyncDisposable
    {
        public Task<CliResult> RunAsync(params string[] command) => Cli.RunAsync([.. command, "--operator-namespace", Home.Name]);

        // Not what is in the namespaces, which the test deletes.
        public async ValueTask DisposeAsync() => await Home.Cluster.KubectlAsync("delete", "--ignore-not-found", "clusterrole,clusterrolebinding", Role);
    }
}
