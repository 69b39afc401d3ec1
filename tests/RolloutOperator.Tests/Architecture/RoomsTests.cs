using System.Collections.Immutable;

namespace RolloutOperator.Tests.Architecture;

/// <summary>Holds the compiled program to the table of rooms in docs/architecture.md.</summary>
public class RoomsTests
{
    private static readonly string[] Assemblies = ["RolloutOperator.Core", "RolloutOperator.Kubernetes", "RolloutOperator.Registry", "rollout-operator"];

    // Read once for all the tests.
    private static readonly Walls TheWalls = Read();

    [Fact]
    public void Every_row_has_code() => Wrong.None(TheWalls.RowsWithoutCode());

    [Fact]
    public void All_code_has_a_row() => Wrong.None(TheWalls.CodeWithoutRow());

    [Fact]
    public void Every_name_in_the_table_means_something() => Wrong.None(TheWalls.NamesWithoutMeaning());

    [Fact]
    public void No_room_uses_what_its_row_does_not_allow() => Wrong.None(TheWalls.Breaches());

    private static Walls Read()
    {
        ImmutableArray<CompiledCode> code = [.. Assemblies.Select(CompiledCode.Beside)];
        var walls = new Walls(
            Row.ParseAll(File.ReadLines(Path.Combine(Repository.Root, "docs", "architecture.md"))),
            [.. code.SelectMany(each => each.Types)],
            [.. code.SelectMany(each => each.Uses)],
            root: "RolloutOperator");
        foreach (CompiledCode each in code)
        {
            each.Dispose();
        }

        return walls;
    }
}
