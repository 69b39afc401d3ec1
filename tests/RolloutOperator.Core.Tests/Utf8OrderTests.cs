using System.Text;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Tests;

public sealed class Utf8OrderTests
{
    [Fact]
    public void The_order_is_that_of_the_bytes() => Properties.ForAll(
        dice =>
        {
            var common = dice.Text();
            var (x, y) = (common + dice.Text(), common + dice.Text());
            var bytes = Encoding.UTF8.GetBytes(x).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(y));
            Assert.Equal(Math.Sign(bytes), Math.Sign(Utf8Order.Instance.Compare(x, y)));
        },
        cases: 10_000);

    [Theory]
    [InlineData(null, null, 0)]
    [InlineData(null, "", -1)]
    [InlineData("", null, 1)]
    public void Null_sorts_first(string? x, string? y, int order) =>
        Assert.Equal(order, Math.Sign(Utf8Order.Instance.Compare(x, y)));
}
