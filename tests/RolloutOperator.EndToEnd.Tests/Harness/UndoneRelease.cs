using k8s;
using k8s.Models;

namespace RolloutOperator.EndToEnd.Tests.Harness;

/// <summary>A release that brings configuration and an image that never starts, and that somebody undoes: pods of before are used again.</summary>
internal sealed class UndoneRelease(string @namespace)
{
    private const string Manifests = """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: level}
        data: {level: A}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: levels, labels: {rollout-operator.io/enabled: "true"}}
        spec:
          replicas: 3
          strategy: {rollingUpdate: {maxUnavailable: 1}}
          selector: {matchLabels: {app: levels}}
          template:
            metadata: {labels: {app: levels}}
            spec:
              terminationGracePeriodSeconds: 1
              containers:
              - name: main
                image: greetings:1
                imagePullPolicy: Never
                command: [/bin/sh, -c, "echo $level; exec sleep 100000"]
                envFrom: [{configMapRef: {name: level}}]
        """;

    public async Task EndsWithAllPodsNewAsync()
    {
        await Cluster.ApplyAsync(Manifests.Replace("metadata: {name: level", $"metadata: {{namespace: {@namespace}, name: level", StringComparison.Ordinal));
        await Eventually.HoldsAsync(async () =>
        {
            Assert.Equal("AAA", await LevelsAsync());
            Assert.NotNull(await LedgerAsync());
        });

        await Cluster.KubectlAsync("patch", "configmap", "level", "--namespace", @namespace, "--patch", """{"data":{"level":"B"}}""");
        await Cluster.KubectlAsync("set", "image", "deployment/levels", "main=example.invalid/levels:broken", "--namespace", @namespace);
        await Eventually.HoldsAsync(async () =>
        {
            Assert.Contains("\"earlier\"", await LedgerAsync(), StringComparison.Ordinal);
            Assert.Contains(await PodsAsync(), pod => pod.Status.ContainerStatuses?.Any(container => container.State.Waiting is { Reason: "ErrImageNeverPull" }) == true);
        });

        await Cluster.KubectlAsync("rollout", "undo", "deployment/levels", "--namespace", @namespace);
        await Eventually.HoldsAsync(async () =>
        {
            Assert.Equal("BBB", await LevelsAsync());
            Assert.DoesNotContain("\"earlier\"", await LedgerAsync(), StringComparison.Ordinal);
        });
    }

    private async Task<string> LevelsAsync()
    {
        var levels = new List<string>();
        foreach (var pod in await PodsAsync())
        {
            levels.Add((await Cluster.KubectlAsync("logs", pod.Name(), "--namespace", @namespace)).Trim());
        }

        return string.Concat(levels);
    }

    private Task<IReadOnlyList<V1Pod>> PodsAsync() => Cluster.PodsAsync(@namespace, "app=levels");

    private async Task<string?> LedgerAsync() =>
        (await Cluster.Client.AppsV1.ReadNamespacedDeploymentAsync("levels", @namespace)).GetAnnotation("rollout-operator.io/ledger");
}
