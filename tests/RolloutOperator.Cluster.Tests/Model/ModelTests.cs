using System.Globalization;
using System.Security.Cryptography;
using RolloutOperator.Cluster.Tests.Harness;

namespace RolloutOperator.Cluster.Tests.Model;

/// <summary>
/// The operator against a real API server, through random sequences of actions, compared with a model of what each workload
/// has read and how often its template has changed.
/// </summary>
public sealed class ModelTests(TestCluster cluster, ITestOutputHelper output)
{
    private const int DefaultSteps = 80;

    [Trait("Invariant", "I1")]
    [Trait("Invariant", "I2")]
    [Trait("Invariant", "I5")]
    [Trait("Invariant", "I15")]
    [Trait("Invariant", "I16")]
    [Fact]
    public async Task Any_sequence_of_events_leads_to_the_state_of_the_model()
    {
        var seed = Number("ROLLOUT_OPERATOR_MODEL_SEED") ?? RandomNumberGenerator.GetInt32(int.MaxValue);
        var steps = Number("ROLLOUT_OPERATOR_MODEL_STEPS") ?? DefaultSteps;
        output.WriteLine($"seed {seed}, {steps} steps");
        await using var space = await cluster.NamespaceAsync();
        var run = new ModelRun(space, new Random(seed));
        var step = 0;
        try
        {
            await run.BeginAsync();
            for (; step < steps; step++)
            {
                await run.StepAsync();
            }

            await run.EndAsync();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException(
                $"A difference in step {step}; again with ROLLOUT_OPERATOR_MODEL_SEED={seed} and ROLLOUT_OPERATOR_MODEL_STEPS={steps}.\n{run.History}", e);
        }
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;
}
