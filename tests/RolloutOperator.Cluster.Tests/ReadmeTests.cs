using System.Text.RegularExpressions;
using RolloutOperator.Cluster.Tests.Harness;

namespace RolloutOperator.Cluster.Tests;

/// <summary>The quick start of the README, in a namespace of the test's own.</summary>
public sealed partial class ReadmeTests(TestCluster cluster)
{
    [Fact]
    public async Task The_smallest_example_rolls_and_shows_the_history_of_the_README()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.OperatorAsync();
        var readme = Repository.Read("README.md");
        var example = Repository.Read("examples", "hello.yaml");

        // The namespace is the test's.
        var objects = example.Split("---\n").Where(each => !each.Contains("kind: Namespace", StringComparison.Ordinal))
            .Select(each => each.Replace("namespace: hello", $"namespace: {space.Name}", StringComparison.Ordinal));
        await cluster.KubectlAsync("apply", "-f", await space.FileAsync("hello.yaml", string.Join("---\n", objects)));
        await TestCluster.EventuallyAsync("the example is adopted", async () => await KubectlAsync(
            "get", "deployment", "hello", "-o", @"jsonpath={.metadata.annotations.rollout-operator\.io/ledger}") is { Length: > 0 } ledger ? ledger : null);

        await KubectlAsync("patch", "configmap", "hello", "--patch", Patch().Match(readme).Groups[1].Value);

        var history = History().Match(readme).Groups[1].Value;
        Assert.Contains("configmap/hello", history, StringComparison.Ordinal);
        await TestCluster.EventuallyAsync(
            "the history is that of the README",
            async () => (await KubectlAsync("rollout", "history", "deployment/hello")).TrimEnd().EndsWith(history, StringComparison.Ordinal));

        Task<string> KubectlAsync(params string[] arguments) => cluster.KubectlAsync(["-n", space.Name, .. arguments]);
    }

    [GeneratedRegex("kubectl -n hello patch configmap hello --patch '([^']+)'")]
    private static partial Regex Patch();

    [GeneratedRegex("```\n(REVISION.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex History();
}
