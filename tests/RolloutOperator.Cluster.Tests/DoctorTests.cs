using System.Text.Json;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>The commands <c>doctor</c>, <c>rbac</c> and <c>version</c> on a running operator.</summary>
public sealed class DoctorTests(TestCluster cluster)
{
    private const string Account = "operator";

    [Fact]
    public async Task Doctor_skips_what_takes_a_right_that_the_caller_lacks()
    {
        await using var space = await cluster.NamespaceAsync();
        var ask = await CliProcess.ReaderAsync(space, space);
        await StartedAsync(space, ask);

        var checks = await ChecksAsync(ask, 1);
        Assert.Equal(["ApiServer", "Clock", "Operator", "Installations", "Lease", "DigestKey", "Rights", "Webhooks", "OtherControllers"], checks.Keys);
        Assert.Equal(("Ok", "Ok", "Fail", "Ok", "Ok"), (checks["ApiServer"].Result, checks["Clock"].Result, checks["Operator"].Result, checks["Lease"].Result, checks["DigestKey"].Result));
        Assert.Equal(("Warn", $"you lack get on namespaces/{space.Name} in the namespace {space.Name}: whether the namespace is enrolled by its label is unknown"), checks["Rights"]);
        Assert.Equal(("Skip", "cannot be told by you: it takes list on mutatingwebhookconfigurations.admissionregistration.k8s.io in the cluster"), checks["Webhooks"]);
        Assert.Equal("Ok", checks["OtherControllers"].Result);

        var nobody = new CliProcess(space, (await TestAccount.CreateAsync(space, [], "nobody")).Kubeconfig);
        checks = await ChecksAsync(nobody, 1);
        Assert.Equal(["ApiServer", "Clock"], checks.Where(check => check.Value.Result == "Ok").Select(check => check.Key));
        Assert.Equal("Fail", checks["Rights"].Result);
        Assert.Equal($"cannot be told by you: it takes get on leases.coordination.k8s.io/rollout-operator in the namespace {space.Name}", checks["Lease"].Message);
    }

    [Fact]
    public async Task Doctor_sees_the_Deployment_its_options_and_other_controllers()
    {
        await using var space = await cluster.NamespaceAsync();
        var ask = await CliProcess.ReaderAsync(space, space);
        var deployment = await OperatorDeploymentAsync(space, "default", "--setle=2s");
        await new FakeKubelet(space).UntilAsync(deployment, ("readyReplicas", 1));
        await StartedAsync(space, ask);
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        await workload.AnnotateAsync("reloader.stakater.com/auto", "true");

        var checks = await ChecksAsync(ask, 0);
        Assert.Equal(("Ok", $"{space.Name}/rollout-operator has 1 of 1 pods ready, of the image registry.invalid/rollout-operator:9.9.9"), checks["Operator"]);
        Assert.Equal(("Warn", "the Deployment has options that this program's version does not know: --setle"), checks["Options"]);
        Assert.Equal(("Ok", "you have all 15 that the commands use"), checks["Rights"]);
        Assert.Contains($"enrolled workloads ask for Reloader as well: deployment {space.Name}/app", checks["OtherControllers"].Message, StringComparison.Ordinal);
        var text = await ask.RunAsync("doctor");
        Assert.Matches(@"Warn +Options +the Deployment has options .*\n +Write --settle instead of --setle\.\n", text.Output);
        Assert.DoesNotContain('\e', text.Output);

        var version = await CliProcess.ExecuteAsync(["version", "-o", "json", "--kubeconfig", cluster.Kubeconfig, "--operator-namespace", space.Name]);
        Assert.Equal("9.9.9", (string?)version.Json["operator"]!["version"]);
        Assert.StartsWith("v1.", (string?)version.Json["server"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_printed_roles_are_enough_for_what_is_enrolled()
    {
        await using var space = await cluster.NamespaceAsync();
        var ask = await CliProcess.ReaderAsync(space, space);
        var account = await TestAccount.CreateAsync(space, [], Account);
        await OperatorDeploymentAsync(space, Account);
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.SecretAsync("password", ("password", "first"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config", SourceKind.Secret, "password"));
        await workload.HasPodsAsync(1);

        var printed = await ask.RunAsync("rbac");
        Assert.Equal((0, ""), (printed.ExitCode, printed.Error));
        await cluster.KubectlAsync("apply", "--filename", await space.FileAsync("rbac.yaml", printed.Output));
        await TestAccount.AuthorizedAsync(space, Account,
        [
            new("create", "coordination.k8s.io", "leases", space.Name), new("create", "events.k8s.io", "events", space.Name),
            new("get", "", "configmaps", space.Name, "config"), new("get", "", "secrets", space.Name, "password"), new("patch", "apps", "deployments", space.Name, "app"),
        ]);
        await TestAccount.AuthorizedAsync(space, Account, [new("get", "", "secrets", space.Name, "other"), new("patch", "apps", "deployments", space.Name, "other")], allowed: false);

        var running = await space.OperatorAsync("--kubeconfig", account.Kubeconfig);
        await workload.AdoptedAsync();
        await space.EditSecretAsync("password", ("password", "second"));
        await workload.RolledAsync(1);
        await space.EventAsync("app", "RolloutTriggered");
        Assert.Equal(0, await running.MetricAsync("rest_client_requests_total{code=\"403\""));
        await running.LoggedAsync("Permission for some names only: patch on deployments.apps");
        Assert.DoesNotContain($"patch on deployments.apps in namespace {space.Name}", running.Permissions("Missing permission"));
    }

    // It stands for the operator that the test starts beside it.
    private static async Task<TestWorkload> OperatorDeploymentAsync(TestNamespace space, string account, params string[] options)
    {
        var arguments = JsonSerializer.Serialize((string[])["run", "--namespace=" + space.Name, .. options]);
        var deployment = await space.DeployAsync("rollout-operator", $$"""
            {"serviceAccountName": "{{account}}", "containers": [{"name": "operator", "image": "registry.invalid/rollout-operator:9.9.9", "args": {{arguments}}}]}
            """, enrolled: false);
        await deployment.LabelAsync("app.kubernetes.io/name", "rollout-operator");
        return deployment;
    }

    // With its Lease and its digest key.
    private static async Task StartedAsync(TestNamespace space, CliProcess ask)
    {
        var running = await space.OperatorAsync();
        await TestCluster.EventuallyAsync("it leads", running.LeadsAsync);
        await TestCluster.EventuallyAsync("the digest key is there", async () => (await ask.RunAsync("doctor", "-o", "json")).Output.Contains("digest-key has the key", StringComparison.Ordinal));
    }

    private static async Task<Dictionary<string, (string Result, string Message)>> ChecksAsync(CliProcess ask, int exitCode)
    {
        var result = await ask.RunAsync("doctor", "-o", "json");
        Assert.True(result.ExitCode == exitCode, result.Everything);
        return result.Json["checks"]!.AsArray().ToDictionary(check => (string)check!["check"]!, check => ((string)check!["result"]!, (string)check["message"]!));
    }
}
