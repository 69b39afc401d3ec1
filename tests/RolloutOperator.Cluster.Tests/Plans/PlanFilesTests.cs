using System.Globalization;
using RolloutOperator.Cluster.Tests.Harness;

namespace RolloutOperator.Cluster.Tests.Plans;

/// <summary>The command <c>plan -f</c> with the right to read and no other, compared with what the operator does when the files are applied.</summary>
public sealed class PlanFilesTests(TestCluster cluster, ITestOutputHelper output)
{
    // Each has two namespaces and an operator of its own.
    private const int Lanes = 7;
    private const int DefaultChanges = 30;

    // The same changes in each run, so that one fails for what has changed in the program. ROLLOUT_OPERATOR_PLAN_SEED gives others.
    private const int DefaultSeed = 1360180053;

    [Fact]
    public async Task The_operator_does_what_the_plan_of_any_change_says()
    {
        var seed = Number("ROLLOUT_OPERATOR_PLAN_SEED") ?? DefaultSeed;
        var changes = Number("ROLLOUT_OPERATOR_PLAN_CHANGES") ?? DefaultChanges;
        output.WriteLine($"seed {seed}, {Lanes} times {changes} changes");
        await Task.WhenAll(Enumerable.Range(0, Lanes).Select(lane => RunAsync(seed, lane, changes)));
    }

    private async Task RunAsync(int seed, int lane, int changes)
    {
        await using var first = await cluster.NamespaceAsync();
        await using var second = await cluster.NamespaceAsync();
        var run = new PlanRun(first, second, new Random(HashCode(seed, lane)));
        var change = 0;
        try
        {
            await run.BeginAsync();
            for (; change < changes; change++)
            {
                await run.ChangeAsync();
            }
        }
        catch (Exception e)
        {
            throw new InvalidOperationException(
                $"Change {change} of lane {lane}; again with ROLLOUT_OPERATOR_PLAN_SEED={seed}.\n{run.LastChange}", e);
        }
        finally
        {
            output.WriteLine($"lane {lane}: {run.Summary}");
        }
    }

    // The same in every process.
    private static int HashCode(int seed, int lane) => unchecked((seed * 31) + lane);

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;
}
