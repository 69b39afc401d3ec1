using RolloutOperator.Timing;

namespace RolloutOperator.Tests.Timing;

public class ExponentialBackoffTests
{
    private static readonly ExponentialBackoff Backoff = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(5));

    [Theory]
    [InlineData(1, 50)]
    [InlineData(2, 100)]
    [InlineData(3, 200)]
    [InlineData(13, 204_800)]
    [InlineData(14, 300_000)]
    [InlineData(1_000, 300_000)]
    [InlineData(int.MaxValue, 300_000)]
    public void The_delay_doubles_up_to_the_limit_with_jitter_in_its_upper_half(int failures, double wholeMilliseconds)
    {
        Assert.Equal(wholeMilliseconds / 2, Backoff.After(failures, 0).TotalMilliseconds);
        Assert.Equal(wholeMilliseconds, Backoff.After(failures, 1).TotalMilliseconds);
    }

    [Fact]
    public void Given_no_failure_there_is_no_delay() => Assert.Equal(TimeSpan.Zero, Backoff.After(0, 0.5));
}
