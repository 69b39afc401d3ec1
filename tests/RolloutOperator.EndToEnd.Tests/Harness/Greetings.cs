using System.Text.Json.Nodes;

namespace RolloutOperator.EndToEnd.Tests.Harness;

/// <summary>What can be seen of a workload's rollouts: its pods, its template, and how many revisions it has had.</summary>
internal sealed record Standing(string Pods, string Template, int Revision);

/// <summary>The example <c>greetings</c> in a namespace of a test, and what a person would check on it.</summary>
internal sealed class Greetings(string @namespace)
{
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
        await Eventually.HoldsAsync(async () => Assert.StartsWith("{", Ledger(await DeploymentAsync()), StringComparison.Ordinal));
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
            string.Join(' ', (await PodsAsync()).Select(pod => Cluster.Text(pod, "metadata", "uid")).Order(StringComparer.Ordinal)),
            deployment["spec"]!["template"]!.ToJsonString(),
            int.Parse(Cluster.Text(deployment, "metadata", "annotations", "deployment.kubernetes.io/revision"), System.Globalization.CultureInfo.InvariantCulture));
    }

    public async Task RemoveAsync() => await Cluster.TryKubectlAsync("delete", "namespace", @namespace, "--ignore-not-found", "--wait=false");

    public Task<IReadOnlyList<JsonNode>> PodsAsync() => Cluster.PodsAsync(@namespace, "app.kubernetes.io/name=greetings");

    // Two pods and no third, both with this answer, and this many revisions.
    private Task AnsweringAsync(string answer, int revision) => Eventually.HoldsAsync(async () =>
    {
        var pods = (await PodsAsync()).Select(pod => Cluster.Text(pod, "metadata", "name")).ToList();
        Assert.Equal(2, pods.Count);
        foreach (var pod in pods)
        {
            Assert.Equal(answer, (await Cluster.KubectlAsync("get", "--raw", $"/api/v1/namespaces/{@namespace}/pods/{pod}:8080/proxy/cgi-bin/greet?Ada")).Trim());
        }

        Assert.Equal(revision, (await StandingAsync()).Revision);
    });

    private Task<JsonNode> DeploymentAsync() => Cluster.GetAsync("deployment", "greetings", "--namespace", @namespace);

    private static string Ledger(JsonNode deployment) => Cluster.Text(deployment, "metadata", "annotations", "rollout-operator.io/ledger");
}
