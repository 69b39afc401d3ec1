using System.Globalization;

namespace RolloutOperator.Tests.Serving;

public sealed class RegistryGaugesTests : IDisposable
{
    private static readonly DateTimeOffset Time = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    private readonly Meters _meters = new();

    public void Dispose() => _meters.Dispose();

    [Fact]
    public void Unknown_registries_are_one_and_show_the_worst_of_them()
    {
        _meters.State.Registries =
        [
            new("a.example", Failures: 0, BackoffUntil: null, Time, RateLimitRemaining: 0.5),
            new("b.example:5000", Failures: 1, BackoffUntil: DateTimeOffset.MaxValue, null, RateLimitRemaining: 0.75),
            new("ghcr.io", Failures: 1, BackoffUntil: DateTimeOffset.UnixEpoch, Time.AddSeconds(1), RateLimitRemaining: 0.25),
        ];
        Assert.Equal(("0.5", "1", Time), Of("other"));
        Assert.Equal(("0.25", "0", Time.AddSeconds(1)), Of("ghcr.io"));
        Assert.Equal(("1", "0", DateTimeOffset.UnixEpoch), Of("quay.io"));
    }

    private (string? Budget, string? Rests, DateTimeOffset LastAnswer) Of(string registry) => (
        _meters[$"rollout_operator_registry_rate_limit_remaining_ratio{{registry=\"{registry}\"}}"],
        _meters[$"rollout_operator_registry_backoff{{registry=\"{registry}\"}}"],
        DateTimeOffset.FromUnixTimeMilliseconds((long)(1000 * double.Parse(_meters[$"rollout_operator_registry_last_response_timestamp_seconds{{registry=\"{registry}\"}}"]!, CultureInfo.InvariantCulture))));
}
