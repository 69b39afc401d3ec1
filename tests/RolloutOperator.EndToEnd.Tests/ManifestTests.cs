using k8s.Models;
using RolloutOperator.EndToEnd.Tests.Harness;

namespace RolloutOperator.EndToEnd.Tests;

/// <summary>The same without helm: <c>kubectl apply --kustomize</c>, for the oldest Kubernetes.</summary>
public sealed class ManifestTests(OperatorImage image)
{
    private static readonly string Folder = Path.Combine(Checkout.Root, "deploy", "overlays", "kubernetes-1.20");

    private readonly Installation _operator = new("rollout-operator", "rollout-operator");
    private readonly Greetings _greetings = new($"e2e-kustomize-{Environment.ProcessId}");

    [Fact]
    public async Task The_manifests_survive_the_loss_of_the_leader_and_leave_nothing_behind()
    {
        await image.OnNodeAsync();
        try
        {
            // What an earlier run may have left, since the namespace has a fixed name.
            await Cluster.KubectlAsync("delete", "--kustomize", Folder, "--ignore-not-found", "--timeout=3m");
            await _greetings.DeployAsync();

            await Cluster.KubectlAsync("apply", "--kustomize", Folder);
            Assert.All(await _operator.ReadyAsync(), pod => Assert.Empty(Restricted.Violations(pod)));
            await _greetings.EnrolAsync();
            await _greetings.EditAsync("Namaste");
            await _operator.DeleteLeaderAsync();
            await _greetings.EditAsync("Salut");

            // Applied once more, it changes nothing.
            var pods = (await _operator.ReadyAsync()).Select(pod => pod.Uid());
            await Cluster.KubectlAsync("apply", "--kustomize", Folder);
            Assert.Equal(pods, (await _operator.ReadyAsync()).Select(pod => pod.Uid()));

            var standing = await _greetings.StandingAsync();
            await Cluster.KubectlAsync("delete", "--kustomize", Folder, "--timeout=3m");
            Assert.Equal(standing, await _greetings.StandingAsync());

            // The namespace goes with it, and so does all that was in it.
            Assert.NotEqual(0, (await Cluster.TryKubectlAsync("get", "namespace", _operator.Namespace)).ExitCode);
            Assert.Empty(await Cluster.ClusterScopedAsync($"app.kubernetes.io/part-of=rollout-operator,app.kubernetes.io/instance={_operator.Name}"));
        }
        finally
        {
            await Cluster.TryKubectlAsync("delete", "--kustomize", Folder, "--ignore-not-found", "--wait=false");
            await _greetings.RemoveAsync();
        }
    }
}
