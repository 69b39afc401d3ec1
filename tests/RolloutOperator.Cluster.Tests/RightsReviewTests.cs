using RolloutOperator.Cluster.Tests.Harness;

namespace RolloutOperator.Cluster.Tests;

/// <summary>The program asks the API server for each permission that it needs, and names exactly those that it lacks.</summary>
[Collection(ClusterWide.Name)]
public sealed class RightsReviewTests(TestCluster cluster)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Each_missing_permission_is_named_and_no_other(bool everywhere)
    {
        await using var home = await cluster.NamespaceAsync();
        await using var space = await cluster.NamespaceAsync();
        var needed = Permission.OfOperator(home, everywhere ? [] : [space.Name]);

        // A permission for all namespaces covers the operator's own.
        var revocable = needed.Where(permission => !everywhere || permission.Namespace is null).ToArray();

        // Operator n lacks the permissions whose number has bit n. Every permission is missing in another combination of
        // operators, so a check of the wrong one would show.
        for (var bit = 0; 1 << bit <= revocable.Length; bit++)
        {
            var missing = revocable.Where((_, index) => ((index + 1) >> bit & 1) == 1).ToArray();
            var account = await TestAccount.CreateAsync(home, needed.Except(missing), $"operator-{bit}");
            string[] where = everywhere
                ? ["--exclude-namespace", "no-such-namespace", "--workload-selector", $"example.com/none={home.Name}"]
                : ["--namespace", space.Name];
            var running = home.StartOperator(["--kubeconfig", account.Kubeconfig, .. where]);
            await TestCluster.EventuallyAsync("all are logged", () => Task.FromResult(running.Permissions("Missing permission").Count >= missing.Length));
            Assert.Equal(missing.Select(permission => permission.Text).Order(StringComparer.Ordinal), running.Permissions("Missing permission").Order(StringComparer.Ordinal));
            await running.KillAsync();
        }
    }
}
