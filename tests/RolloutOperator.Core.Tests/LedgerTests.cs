using System.Text;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Tests;

public sealed class LedgerTests
{
    private const string Good = """{"v":1,"rollout":7,"key":"9f3c61aa","template":"0123456789abcdef","sources":{"configmap/a":"00","secret/b":null}}""";

    [Fact]
    public void A_ledger_reads_as_it_was_written() => Properties.ForAll(dice =>
    {
        var ledger = Random(dice);
        var text = ledger.ToJson();
        var read = Ledger.Parse(text);
        Assert.Equal(ledger, read);
        Assert.Equal(ledger.GetHashCode(), read!.GetHashCode());
        Assert.Equal(text, read.ToJson());
    });

    [Fact]
    public void Corrupted_text_never_throws() => Properties.ForAll(
        dice =>
        {
            var text = new StringBuilder(Random(dice).ToJson());
            for (var i = dice.Next(5); i >= 0; i--)
            {
                var at = dice.Next(text.Length);
                _ = dice.Next(4) switch
                {
                    0 => text.Remove(at, Math.Min(dice.Next(9), text.Length - at)),
                    1 => text.Insert(at, dice.Of("\\ud800", "\\u0000", "\ud800", "\\", "\"", "{", "]", "null", "1e999", "-", ",", "\uDC00")),
                    2 => text.Insert(at, dice.Text()),
                    _ => text.Insert(at, text.ToString(at, Math.Min(dice.Next(30), text.Length - at))),
                };
                if (text.Length == 0)
                {
                    break;
                }
            }

            // What is read all the same is a ledger, and is written.
            if (Ledger.Parse(text.ToString()) is { } ledger)
            {
                Assert.Equal(ledger, Ledger.Parse(ledger.ToJson()));
            }
        },
        cases: 4_000);

    [Fact]
    public void Random_text_never_throws() => Properties.ForAll(dice =>
        Assert.Null(Ledger.Parse(dice.OneIn(2) ? dice.Text(20) : Encoding.Unicode.GetString(dice.Bytes(40)))));

    [Fact]
    public void The_ledger_text_matches_its_definition() =>
        Assert.Equal(Good, new Ledger(7, "9f3c61aa", "0123456789abcdef", Make.Ledger(0, ("secret/b", null), ("configmap/a", "00")).Sources).ToJson());

    [Fact]
    public void The_name_of_its_object_is_written_and_read()
    {
        var ledger = Ledger.Parse(Good)! with { Owner = Ledger.NameOf("a uid") };

        Assert.Contains("\"of\":\"", ledger.ToJson());
        Assert.Equal(ledger, Ledger.Parse(ledger.ToJson()));
        Assert.NotEqual(ledger, Ledger.Parse(Good));
        Assert.Null(Ledger.NameOf(""));
    }

    [Theory]
    [InlineData("\"v\":1", "\"v\":3")]
    [InlineData("\"v\":1", "\"v\":0")]
    [InlineData("\"v\":1", "\"v\":\"1\"")]
    [InlineData("\"v\":1", "\"w\":1")]
    [InlineData("\"v\":1", "\"v\":1.5")]
    [InlineData("\"rollout\":7", "\"rollout\":-1")]
    [InlineData("\"rollout\":7", "\"rollout\":1000000001")]
    [InlineData("\"rollout\":7", "\"rollout\":99999999999999999999")]
    [InlineData("\"rollout\":7", "\"rollout\":null")]
    [InlineData("\"key\":\"9f3c61aa\"", "\"key\":7")]
    [InlineData("\"template\":\"0123456789abcdef\"", "\"template\":null")]
    [InlineData("\"00\"", "7")]
    [InlineData("{\"configmap/a\":\"00\",\"secret/b\":null}", "[]")]
    [InlineData("{\"configmap/a\":\"00\",\"secret/b\":null}", "null")]
    [InlineData("\"00\"", "\"\\ud800\"")]
    [InlineData("configmap/a", "\\udc00")]
    public void An_invalid_ledger_is_ignored(string part, string other)
    {
        Assert.NotNull(Ledger.Parse(Good));
        Assert.Contains(part, Good, StringComparison.Ordinal);
        Assert.Null(Ledger.Parse(Good.Replace(part, other, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_ledger_may_be_laid_out_otherwise_and_have_more_members() =>
        Assert.Equal(Ledger.Parse(Good), Ledger.Parse(" " + Good.Replace(",", " ,\n\"more\":[{}],", StringComparison.Ordinal).Replace("\"more\":[{}],\"secret", "\"secret", StringComparison.Ordinal)));

    [Fact]
    public void Text_longer_than_annotations_may_be_is_not_read()
    {
        Assert.NotNull(Ledger.Parse(Good.PadRight(256 * 1024)));
        Assert.Null(Ledger.Parse(Good.PadRight(256 * 1024 + 1)));
        Assert.Null(Ledger.Parse(null));
        Assert.Null(Ledger.Parse(new string('[', 100_000)));
    }

    [Fact]
    public void Ledgers_differ_by_each_part()
    {
        var ledger = Make.Ledger(7, ("configmap/a", "00"));
        Assert.Equal(ledger, Make.Ledger(7, ("configmap/a", "00")));
        Ledger?[] others = [null, ledger with { Rollout = 8 }, ledger with { Key = "x" }, ledger with { Template = "x" }, Make.Ledger(7, ("configmap/a", null)), Make.Ledger(7)];
        Assert.All(others, other => Assert.NotEqual(ledger, other));
    }

    private static Ledger Random(Dice dice) =>
        Make.Ledger(dice.Next(Ledger.MostRollouts + 1), [.. dice.Many(6, () => (dice.Text(), dice.OneIn(3) ? null : dice.Text())).DistinctBy(s => s.Item1)])
            with
        { Key = dice.Text(), Template = dice.Text(), CountsLess = dice.OneIn(2), Names = dice.Of<EnvironmentRule?>(null, EnvironmentRule.ValidNames, EnvironmentRule.AnyName) };
}
