using System.Collections.Immutable;

namespace RolloutOperator.Tests.Architecture;

/// <summary>Shows that the walls detect every way to break them, on a sample of rooms.</summary>
public sealed class WallsTests : IDisposable
{
    private const string Root = "RolloutOperator.Tests.Architecture.Sample";

    private readonly CompiledCode _code = CompiledCode.Beside("RolloutOperator.Tests");

    public void Dispose() => _code.Dispose();

    [Fact]
    public void Every_use_of_a_closed_type_is_seen_and_no_other_is()
    {
        string[] broken = [.. With("Right (not Right.Decider)").Breaches()];
        string[] places = [.. broken.Select(sentence => sentence.Split(' ')[0][(Root + ".Left.").Length..]).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(
            [
                "AsABase", "AsABase..ctor", "IAsAnArgumentOfABase",
                "Uses..cctor", "Uses.AsACaughtException", "Uses.AsAConstraint", "Uses.AsADelegate", "Uses.AsAMethodsTypeArgument", "Uses.AsANestedType",
                "Uses.AsAParameter", "Uses.AsAPattern", "Uses.AsAResult", "Uses.AsAToken", "Uses.AsATypeArgument", "Uses.Field",
                "Uses.InABody", "Uses.InALambda", "Uses.InALocalFunction", "Uses.InAnArray", "Uses.InAnAsyncMethod", "Uses.InAnIterator",
                "Uses.get_InAProperty",
            ],
            places);
        Assert.Contains($"{Root}.Left.Uses.InALambda uses {Root}.Right.Decider.Decide; the row of Left allows Right (not Right.Decider).", broken);
    }

    [Theory]
    [InlineData("Right")]
    [InlineData("everything")]
    [InlineData("Right.Value, Right.Decider")]
    public void An_allowed_room_may_be_used(string mayUse) => Assert.Empty(With(mayUse).Breaches());

    [Theory]
    [InlineData("nothing")]
    [InlineData("Right.Decider")]
    public void What_is_not_allowed_is_forbidden(string mayUse) =>
        Assert.Contains(With(mayUse).Breaches(), sentence => sentence.Contains("Uses.ToTheOpenType uses", StringComparison.Ordinal));

    [Fact]
    public void Code_without_a_row_and_a_row_without_code_are_named()
    {
        Assert.Equal([$"The namespace {Root}.Homeless of the type Stray has no row in the table."], With("Right").CodeWithoutRow());
        Assert.Equal([$"The row of Empty says that it is in the namespace {Root}.Empty, where there is no code."], With("Right").RowsWithoutCode());
    }

    [Theory]
    [InlineData("Rigth", "The row of Left names the room Rigth, which has no row.")]
    [InlineData("Right (not Right.Desider)", "The row of Left names the type Right.Desider, which does not exist.")]
    [InlineData("Right.Values", "The row of Left names the type Right.Values, which does not exist.")]
    public void An_unknown_name_in_the_table_is_reported(string mayUse, string sentence) => Assert.Equal([sentence], With(mayUse).UnknownNames());

    [Theory]
    [InlineData("")]
    [InlineData("Right (except Right.Decider)")]
    [InlineData("Right (not Left.Uses)")]
    [InlineData("Right and Left")]
    public void A_row_that_cannot_be_read_is_an_error(string mayUse) => Assert.Throws<FormatException>(() => With(mayUse));

    [Fact]
    public void A_document_without_the_table_is_an_error() => Assert.Throws<FormatException>(() => Row.ParseAll(["# Architecture", "| room | where |"]));

    private Walls With(string leftMayUse)
    {
        ImmutableArray<Row> rows = Row.ParseAll(
        [
            "# Rooms",
            "| room | where | does | may use | holds | may not |",
            "|---|---|---|---|---|---|",
            $"| Left | `{Root}.Left` | breaks | {leftMayUse} | nothing | break |",
            $"| Right | `{Root}.Right` | decides | nothing | nothing | know of Left |",
            $"| Empty | `{Root}.Empty` | is not there | everything | nothing | be |",
            "",
            "| room | where | does | may use | holds | may not |",
        ]);
        return new Walls(rows, [.. _code.Types], [.. _code.Uses], Root);
    }
}
