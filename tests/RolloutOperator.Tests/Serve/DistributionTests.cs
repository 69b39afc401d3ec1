using RolloutOperator.Serve.Exposition;

namespace RolloutOperator.Tests.Serve;

public class DistributionTests
{
    private static readonly double[] Bounds = [0.005, 0.01, 0.1, 1, 10];

    [Fact]
    public void Its_buckets_are_those_of_a_naive_count()
    {
        var random = new Random(1);
        double[] values = [.. Enumerable.Range(0, 10_000).Select(_ => Math.Pow(10, (random.NextDouble() * 5) - 3)), .. Bounds, 0];
        var distribution = new Distribution(Bounds);
        foreach (double value in values)
        {
            distribution.Record(value);
        }

        long[] naive = [.. Bounds.Append(double.PositiveInfinity).Select(bound => values.LongCount(value => value <= bound))];
        Assert.Equal(naive, distribution.Cumulative());
        Assert.Equal(values.Sum(), distribution.Sum, tolerance: 1e-6);
    }
}
