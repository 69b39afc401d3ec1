using System.Text.Json;
using k8s.Models;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Deciding;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Tests.Deciding;

public class ClusterChecksTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData(0, "Ok", "agree")]
    [InlineData(3, "Ok", "agree")]
    [InlineData(90, "Warn", "this machine is 90s ahead of the API server")]
    [InlineData(-90, "Warn", "this machine is 90s behind the API server")]
    public void Clocks_that_differ_are_pointed_out(int ahead, string result, string message) => Is(ClusterChecks.Clock(Now, Now.AddSeconds(ahead)), result, message);

    [Fact]
    public void Without_a_date_the_clock_is_skipped() => Is(ClusterChecks.Clock(null, Now), "Skip", "no Date");

    [Fact]
    public void Missing_rights_are_named_with_what_does_not_work()
    {
        ReadRight[] rights = [.. ReadRight.Of(new() { Namespace = "ops" }, "shop")];
        Is(ClusterChecks.Rights([.. rights.Select(right => (right, true))]), "Ok", $"all {rights.Length}");
        Is(
            ClusterChecks.Rights([.. rights.Select(right => (right, right.Resource != "leases"))]),
            "Warn",
            "you lack get on leases.coordination.k8s.io/rollout-operator in the namespace ops: whether a replica leads is unknown");
        Is(ClusterChecks.Rights([.. rights.Select(right => (right, right.Resource != "statefulsets"))]), "Fail", "list on statefulsets.apps in the namespace shop");
    }

    [Theory]
    [InlineData("Warn", "Fail", "apps", "deployments", "UPDATE")]
    [InlineData("Warn", null, "*", "*", "*")]
    [InlineData("Warn", "Fail", "apps", "*/*", "UPDATE")]
    [InlineData("Ok", "Ignore", "apps", "deployments", "UPDATE")]
    [InlineData("Ok", "Fail", "", "pods", "UPDATE")]
    [InlineData("Ok", "Fail", "apps", "deployments", "CREATE")]
    [InlineData("Ok", "Fail", "apps", "deployments/scale", "UPDATE")]
    public void A_webhook_that_refuses_while_it_is_down_is_pointed_out(string result, string? policy, string group, string resource, string operation)
    {
        var configuration = new V1MutatingWebhookConfiguration
        {
            Metadata = new() { Name = "mesh" },
            Webhooks =
            [
                new()
                {
                    Name = "inject.example.com", FailurePolicy = policy, SideEffects = "None", AdmissionReviewVersions = ["v1"], ClientConfig = new(),
                    Rules = [new() { ApiGroups = [group], ApiVersions = ["*"], Resources = [resource], Operations = [operation] }],
                },
            ],
        };
        Is(ClusterChecks.Webhooks([configuration], WorkloadKinds.BuiltIn), result, result == "Warn" ? "mesh/inject.example.com" : "");
        Is(ClusterChecks.Webhooks([new() { Metadata = new() { Name = "empty" } }], WorkloadKinds.BuiltIn), "Ok", "no mutating webhook");
    }

    [Theory]
    [InlineData("Ok", "neither Reloader nor Wave nor Keel runs in the cluster", """{"metadata": {"name": "app", "namespace": "shop", "labels": {"rollout-operator.io/enabled": "true"}}}""")]
    [InlineData("Ok", "Reloader runs as shop/r", """{"metadata": {"name": "r", "namespace": "shop"}, "spec": {"template": {"spec": {"containers": [{"image": "ghcr.io/stakater/reloader:v1"}]}}}}""")]
    [InlineData("Ok", "Keel runs as shop/k", """{"metadata": {"name": "k", "namespace": "shop", "labels": {"app": "keel"}}}""")]
    [InlineData("Ok", "no enrolled workload", """{"metadata": {"name": "app", "namespace": "shop", "annotations": {"reloader.stakater.com/auto": "true"}}}""")]
    [InlineData("Warn", "Reloader as well: deployment shop/app", """{"metadata": {"name": "app", "namespace": "shop", "labels": {"rollout-operator.io/enabled": "true"}, "annotations": {"reloader.stakater.com/auto": "true"}}}""")]
    [InlineData("Warn", "Keel as well: deployment shop/app", """{"metadata": {"name": "app", "namespace": "shop", "annotations": {"rollout-operator.io/ledger": "{}"}, "labels": {"keel.sh/policy": "all"}}}""")]
    [InlineData("Ok", "no enrolled workload", """{"metadata": [], "spec": {"template": {"spec": {"containers": [1, null, {"image": 7}]}}}}""")]
    public void Another_controller_on_an_enrolled_workload_is_pointed_out(string result, string message, string workload)
    {
        using var document = JsonDocument.Parse(workload);
        var others = new OtherControllers();
        others.Add(document.RootElement, WorkloadKind.Deployment);
        Is(others.Report("the cluster"), result, message);
    }

    private static void Is(CheckReport check, string result, string message)
    {
        Assert.Equal(result, check.Result.ToString());
        Assert.Contains(message, check.Message, StringComparison.Ordinal);
    }
}
