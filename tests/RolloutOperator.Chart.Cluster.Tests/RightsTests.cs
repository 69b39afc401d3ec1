using RolloutOperator.Chart.Cluster.Tests.Harness;
using YamlDotNet.RepresentationModel;

namespace RolloutOperator.Chart.Cluster.Tests;

/// <summary>The chart grants what examples/rbac.yaml grants, which other tests hold to what the operator uses.</summary>
public sealed class RightsTests
{
    private static readonly string[] Everywhere = ["namespaces list", "namespaces watch"];

    private static readonly string[] Reading = ["get", "list", "watch"];

    private static Rendered Example => Rendered.Parse(Checkout.Read("examples", "rbac.yaml"));

    [Fact]
    public async Task Cluster_wide_roles_equal_the_example()
    {
        var chart = await Rendered.OfAsync("--set", "fullnameOverride=rollout-operator");
        Assert.Equal(Granted(Example.The("ClusterRole")), Granted(chart.The("ClusterRole")));
        Assert.Equal(Granted(Example.The("Role")), Granted(chart.The("Role")));
    }

    [Fact]
    public async Task With_namespaces_each_has_the_same_role_and_the_cluster_none()
    {
        var chart = await Rendered.OfAsync("--set", "scope.namespaces={shop,search,operators},fullnameOverride=rollout-operator");
        Assert.Empty(chart.Of("ClusterRole"));
        Assert.Empty(chart.Of("ClusterRoleBinding"));
        var expected = Granted(Example.The("ClusterRole")).Where(each => !Everywhere.Any(right => each.StartsWith("/" + right, StringComparison.Ordinal)));
        foreach (var name in new[] { "shop", "search", "operators" })
        {
            var role = Assert.Single(chart.Of("Role"), role => Rendered.Scalar(role, "metadata.namespace") == name && Granted(role).Any(each => each.Contains("deployments", StringComparison.Ordinal)));
            Assert.Equal(expected, Granted(role));
            Assert.Single(chart.Of("RoleBinding"), binding =>
                Rendered.Scalar(binding, "metadata.namespace") == name
                && Rendered.Scalar(binding, "roleRef.name") == Rendered.Scalar(role, "metadata.name")
                && Rendered.Scalar(binding, "subjects.0.namespace") == "operators");
        }

        Assert.Equal(4, chart.Of("Role").Count());
    }

    [Fact]
    public async Task Without_leader_election_there_is_no_permission_for_Leases()
    {
        var chart = await Rendered.OfAsync(Rendered.Trial("single-values.yaml"));
        Assert.DoesNotContain(chart.Objects.SelectMany(Granted), each => each.Contains("leases", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_dry_run_may_change_no_workload_and_create_nothing_but_Events()
    {
        var chart = await Rendered.OfAsync([.. Rendered.Trial("dryrun-values.yaml"), "--set-json", """workloadKinds=[{"group":"example.com","version":"v1","resource":"widgets","kind":"Widget"}]"""]);
        var granted = chart.Objects.SelectMany(Granted).ToArray();
        Assert.Contains("example.com/widgets watch ", granted);
        Assert.Equal(["events.k8s.io/events create "], granted.Where(each => !Reading.Any(verb => each.Contains($" {verb} ", StringComparison.Ordinal))));
        Assert.Empty(chart.Of("Lease").Concat(chart.Of("PodDisruptionBudget")));
        Assert.Equal("1", Rendered.Scalar(chart.The("Deployment"), "spec.replicas"));
        Assert.Contains("--dry-run", Rendered.Texts(chart.The("Deployment"), "spec.template.spec.containers.0.args"));
    }

    [Fact]
    public async Task What_is_not_followed_gets_no_permission()
    {
        var chart = await Rendered.OfAsync("--set", "sources={configmaps,images}");
        var granted = chart.Objects.SelectMany(Granted).ToArray();
        Assert.Contains("/configmaps watch ", granted);
        Assert.DoesNotContain(granted, each => each.Contains("secrets", StringComparison.Ordinal) || each.Contains("serviceaccounts", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Pull_secrets_of_service_accounts_take_get_on_them()
    {
        var chart = await Rendered.OfAsync("--set", "sources={secrets,images}");
        Assert.Equal(["/serviceaccounts get "], chart.Objects.SelectMany(Granted).Where(each => each.Contains("serviceaccounts", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Without_secrets_and_leader_election_the_own_role_is_empty()
    {
        var chart = await Rendered.OfAsync([.. Rendered.Trial("single-values.yaml"), "--set", "sources={configmaps}"]);
        Assert.Empty(Granted(chart.The("Role")));
    }

    [Fact]
    public async Task An_additional_kind_gets_list_watch_and_patch()
    {
        var chart = await Rendered.OfAsync(Rendered.Trial("selectors-values.yaml"));
        var granted = Granted(chart.The("ClusterRole")).Where(each => each.StartsWith("argoproj.io/", StringComparison.Ordinal));
        Assert.Equal(["argoproj.io/rollouts list ", "argoproj.io/rollouts patch ", "argoproj.io/rollouts watch "], granted);
    }

    // One line for each right: group/resource verb name.
    private static IReadOnlyList<string> Granted(YamlMappingNode role) =>
    [
        .. (Rendered.At(role, "rules") as YamlSequenceNode ?? []).SelectMany(rule =>
            from apiGroup in Rendered.Texts(rule, "apiGroups")
            from resource in Rendered.Texts(rule, "resources")
            from verb in Rendered.Texts(rule, "verbs")
            from name in Rendered.Texts(rule, "resourceNames").DefaultIfEmpty("")
            select $"{apiGroup}/{resource} {verb} {name}").Distinct().Order(StringComparer.Ordinal),
    ];
}
