using k8s;
using k8s.Models;
using RolloutOperator.EndToEnd.Tests.Harness;

namespace RolloutOperator.EndToEnd.Tests;

/// <summary>What people do with the chart, from the installation to its end, with the image from the Dockerfile.</summary>
public sealed class HelmTests(OperatorImage image)
{
    private static readonly string Run = $"{Environment.ProcessId}";

    private readonly Installation _operator = new($"e2e-helm-{Run}", "rollout-operator");
    private readonly Greetings _greetings = new($"e2e-helm-{Run}-greetings");

    [Fact]
    public async Task A_release_survives_the_loss_of_the_leader_upgrades_and_leaves_nothing_behind()
    {
        await image.OnNodeAsync();
        try
        {
            await Cluster.ApplyAsync($$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{_operator.Namespace}}","labels":{"pod-security.kubernetes.io/enforce":"restricted"} } }""");
            await _greetings.DeployAsync();
            // What controllers put into each namespace is there by now: the pods of a later one run with it.
            var before = await Cluster.EverythingAsync(_operator.Namespace);

            Assert.Contains("To enrol a Deployment", await _operator.ReleaseAsync("install"), StringComparison.Ordinal);
            await StandardIsMetAsync();
            await _greetings.EnrolAsync();
            await _greetings.EditAsync("Namaste");
            await _operator.DeleteLeaderAsync();
            await _greetings.EditAsync("Salut");
            await new UndoneRelease(_greetings.Namespace).EndsWithAllPodsNewAsync();
            await Cluster.HelmAsync("test", _operator.Name, "--namespace", _operator.Namespace, "--timeout", "3m");

            var standing = await _greetings.StandingAsync();
            await UpgradedAsync();
            Assert.Equal(standing, await _greetings.StandingAsync());
            await _greetings.EditAsync("Hola");

            standing = await _greetings.StandingAsync();
            await Cluster.HelmAsync("uninstall", _operator.Name, "--namespace", _operator.Namespace, "--wait", "--timeout", "3m");
            await _operator.EndedAsync();
            Assert.Equal(standing, await _greetings.StandingAsync());
            await NothingIsLeftAsync(before);
        }
        finally
        {
            await Cluster.TryKubectlAsync("delete", "clusterrole,clusterrolebinding", $"{_operator.Namespace}-{_operator.Name}", "--ignore-not-found");
            await Cluster.TryKubectlAsync("delete", "namespace", _operator.Namespace, "--ignore-not-found", "--wait=false");
            await _greetings.RemoveAsync();
        }
    }

    // The pods as the server has them, and the pod of `helm test`. Those of the example show that the check can fail.
    private async Task StandardIsMetAsync()
    {
        var pods = await _operator.ReadyAsync();
        Assert.All(pods, pod => Assert.Empty(Restricted.Violations(pod)));
        var hooks = await Cluster.HelmAsync("get", "hooks", _operator.Name, "--namespace", _operator.Namespace);
        Assert.Empty(Restricted.Violations(Assert.Single(KubernetesYaml.LoadAllFromString(hooks).OfType<V1Pod>())));
        Assert.All(await _greetings.PodsAsync(), pod => Assert.Equal(["seccompProfile"], Restricted.Violations(pod)));
    }

    private async Task UpgradedAsync()
    {
        var old = (await _operator.ReadyAsync()).Select(pod => pod.Uid()).ToList();
        await _operator.ReleaseAsync("upgrade", "--set", "log.level=debug,settle=2s,commonLabels.team=shop,resources.limits.memory=200Mi");
        var pods = await _operator.ReadyAsync();
        Assert.Empty(pods.Select(pod => pod.Uid()).Intersect(old));
        Assert.All(pods, pod => Assert.Equal("shop", pod.GetLabel("team")));
    }

    // The digest key stays, so that a later installation can still tell what changed; NOTES.txt says how to be rid of it.
    private async Task NothingIsLeftAsync(IReadOnlyList<string> before)
    {
        await Eventually.HoldsAsync(async () =>
            Assert.Equal(["secret/rollout-operator-digest-key"], (await Cluster.EverythingAsync(_operator.Namespace)).Except(before)));
        Assert.Empty(await Cluster.ClusterScopedAsync($"app.kubernetes.io/part-of=rollout-operator,app.kubernetes.io/instance={_operator.Name}"));
        Assert.NotEqual(0, (await Cluster.TryKubectlAsync("get", "clusterrole", $"{_operator.Namespace}-{_operator.Name}")).ExitCode);
    }
}
