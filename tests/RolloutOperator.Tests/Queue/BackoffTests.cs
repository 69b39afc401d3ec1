using RolloutOperator.Queue;

namespace RolloutOperator.Tests.Queue;

public class BackoffTests
{
    [Theory]
    [InlineData(1, 50)]
    [InlineData(2, 100)]
    [InlineData(3, 200)]
    [InlineData(13, 204_800)]
    [InlineData(14, 300_000)]
    [InlineData(1_000, 300_000)]
    [InlineData(int.MaxValue, 300_000)]
    public void It_doubles_up_to_five_minutes_and_lies_between_the_half_and_the_whole(int attempt, double wholeMilliseconds)
    {
        Assert.Equal(wholeMilliseconds / 2, Backoff.After(attempt, 0).TotalMilliseconds);
        Assert.Equal(wholeMilliseconds, Backoff.After(attempt, 1).TotalMilliseconds);
    }

    [Fact]
    public void A_zeroth_attempt_is_treated_as_the_first() => Assert.Equal(Backoff.Shortest, Backoff.After(0, 1));
}
