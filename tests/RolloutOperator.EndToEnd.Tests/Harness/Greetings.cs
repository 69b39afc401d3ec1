using System.Globalization;
using k8s;
using k8s.Models;

namespace RolloutOperator.EndToEnd.Tests.Harness;

/// <summary>What can be seen of a workload's rollouts: its pods, its template, and how many revisions it has had.</summary>
internal sealed record Standing(string Pods, string Template, int Revision);

/// <summary>The example <c>greetings</c> in a namespace of a test, and what a person would check on it.</summary>
internal sealed class Greetings(string @namespace)
{
    public string Namespace => @namespace;

    public async Task DeployAsync()
    {
        await Cluster.KubectlAsync("create", "namespace", @namespace);
        await Cluster.ApplyAsync(string.Join("\n---\n", new[] { "configmap.yaml", "service.yaml", "deployment.yaml" }.Select(file =>
            Checkout.Read("examples", "greetings", file).Replace("namespace: greetings", $"namespace: {@namespace}", StringComparison.Ordinal))));
        await AnsweringAsync("Aloha Ada", 1);
    }

    /// <summary>Hands the Deployment to the operator, which restarts nothing.</summary>
    public async Task EnrolAsync()
    {
        var before = await StandingAsync();
        await Cluster.KubectlAsync("label", "deployment", "greetings", "rollout-operator.io/enabled=true", "--namespace", @namespace);
        await Eventually.HoldsAsync(async () => Assert.NotNull((await DeploymentAsync()).GetAnnotation("rollout-operator.io/ledger")));
        Assert.Equal(before, await StandingAsync());
    }

    /// <summary>Edits the ConfigMap, and nothing else: all pods are new and say so, after one rollout.</summary>
    public async Task EditAsync(string greeting)
    {
        var before = await StandingAsync();
        await Cluster.KubectlAsync("patch", "configmap", "greeting-config", "--namespace", @namespace, "--patch", $$$"""{"data":{"greeting":"{{{greeting}}}"}}""");
        await AnsweringAsync(greeting + " Ada", before.Revision + 1);
        Assert.Empty((await StandingAsync()).Pods.Split(' ').Intersect(before.Pods.Split(' ')));
    }

    public async Task<Standing> StandingAsync()
    {
        var deployment = await DeploymentAsync();
        return new(
            string.Join(' ', (await PodsAsync()).Select(pod => pod.Uid()).Order(StringComparer.Ordinal)),
            KubernetesJson.Serialize(deployment.Spec.Template),
            int.Parse(deployment.GetAnnotation("deployment.kubernetes.io/revision"), CultureInfo.InvariantCulture));
    }

    public async Task RemoveAsync() => await Cluster.TryKubectlAsync("delete", "namespace", @namespace, "--ignore-not-found", "--wait=false");

    public Task<IReadOnlyList<V1Pod>> PodsAsync() => Cluster.PodsAsync(@namespace, "app.kubernetes.io/name=greetings");

    // Two pods and no third, both with this answer, and this many revisions.
    private Task AnsweringAsync(string answer, int revision) => Eventually.HoldsAsync(async () =>
    {
        var pods = (await PodsAsync()).Select(pod => pod.Name()).ToList();
        Assert.Equal(2, pods.Count);
        foreach (var pod in pods)
        {
            Assert.Equal(answer, (await Cluster.KubectlAsync("get", "--raw", $"/api/v1/namespaces/{@namespace}/pods/{pod}:8080/proxy/cgi-bin/greet?Ada")).Trim());
        }

        Assert.Equal(revision, (await StandingAsync()).Revision);
    });

    private Task<V1Deployment> DeploymentAsync() => Cluster.Client.AppsV1.ReadNamespacedDeploymentAsync("greetings", @namespace);
}
