using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Kubernetes;
using RolloutOperator.Rights;
using RolloutOperator.Tests;

namespace RolloutOperator.Cluster.Tests;

/// <summary>Every right that the program needs is taken away and given back, one at a time, while the API server is asked.</summary>
public sealed class RightsReviewTests(Harness.Cluster cluster)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Each_right_that_is_lost_is_named_alone_and_noticed_when_it_is_granted_again(bool everywhere)
    {
        await using var home = await cluster.NamespaceAsync();
        await using var space = await cluster.NamespaceAsync();
        var needed = RequiredRights.Of(RightsOptions.Of(home, everywhere ? [] : [space.Name]));
        KubeAccess[] all = [.. needed.Select(right => right.Access)];
        using var client = new KubeClient(KubeConfig.FromFile(await new RestrictedUser(home).CreateAsync(), context: null), TimeProvider.System, () => 0.5);
        await using var rights = await GrantedRights.BindAsync(home, all);
        var log = new Notebook<Reviewer>();
        var reviewer = new Reviewer(needed, client, new HurriedTime(600), () => 0.5, log);
        using var stop = new CancellationTokenSource();
        var reviewing = reviewer.RunAsync(stop.Token);

        // What is granted everywhere is granted in the operator's namespace too: nothing misses it there.
        var told = 0;
        foreach (var right in needed.Where(right => !everywhere || right.Access.Namespace is null))
        {
            await rights.ChangeAsync([.. all.Where(access => access != right.Access)]);
            await LastIsAsync(log, $"Missing right: {right.Access.Verb} on {right.Resource} in {right.Where}. ");
            Assert.Equal([right], reviewer.Missing);
            await rights.ChangeAsync(all);
            await LastIsAsync(log, $"Granted: {right.Access.Verb} on {right.Resource} in {right.Where}");
            Assert.Empty(reviewer.Missing);
            told += 2;
            Assert.Equal(told, log.Lines.Count);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reviewing);
    }

    private static Task LastIsAsync(Notebook<Reviewer> log, string beginning) => Harness.Cluster.EventuallyAsync(
        $"the last line is: {beginning}",
        () => Task.FromResult(log.Lines is [.., var last] && last.StartsWith(beginning, StringComparison.Ordinal)));
}
