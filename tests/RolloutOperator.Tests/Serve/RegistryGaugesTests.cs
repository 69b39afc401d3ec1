using System.Globalization;
using RolloutOperator.Serve;

namespace RolloutOperator.Tests.Serve;

public sealed class RegistryGaugesTests : IDisposable
{
    private static readonly DateTimeOffset Time = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    private readonly Meters _meters = new();

    public void Dispose() => _meters.Dispose();

    [Fact]
    public void Registries_that_are_not_known_are_one_and_it_is_the_worst_that_is_told_of_them()
    {
        _meters.Instruments.ObserveRegistries(() =>
        [
            new("a.example", Rests: false, Time, Budget: 0.5),
            new("b.example:5000", Rests: true, null, Budget: 0.75),
            new("ghcr.io", Rests: false, Time.AddSeconds(1), Budget: 0.25),
        ]);
        Assert.Equal(("0.5", "1", Time), Of("other"));
        Assert.Equal(("0.25", "0", Time.AddSeconds(1)), Of("ghcr.io"));
        Assert.Equal(("1", "0", DateTimeOffset.UnixEpoch), Of("quay.io"));
    }

    private (string? Budget, string? Rests, DateTimeOffset LastAnswer) Of(string registry) => (
        _meters[$"rollout_operator_registry_budget_ratio{{registry=\"{registry}\"}}"],
        _meters[$"rollout_operator_registry_resting{{registry=\"{registry}\"}}"],
        DateTimeOffset.FromUnixTimeMilliseconds((long)(1000 * double.Parse(_meters[$"rollout_operator_registry_last_answer_timestamp_seconds{{registry=\"{registry}\"}}"]!, CultureInfo.InvariantCulture))));
}
