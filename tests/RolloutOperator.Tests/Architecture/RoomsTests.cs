using System.Collections.Immutable;
using System.Reflection;
using NetArchTest.Rules;

namespace RolloutOperator.Tests.Architecture;

/// <summary>Holds the compiled program to the table of rooms in docs/architecture.md.</summary>
public class RoomsTests
{
    private static readonly string[] Assemblies = ["RolloutOperator.Core", "RolloutOperator.Kubernetes", "RolloutOperator.Registry", "rollout-operator", "kubectl-rollout_operator"];

    // Read once for all the tests.
    private static readonly Walls Program = Read();

    [Fact]
    public void Every_row_has_code() => Wrong.None(Program.RowsWithoutCode());

    [Fact]
    public void All_code_has_a_row() => Wrong.None(Program.CodeWithoutRow());

    [Fact]
    public void Every_name_in_the_table_exists() => Wrong.None(Program.UnknownNames());

    [Fact]
    public void No_room_uses_what_its_row_does_not_allow() => Wrong.None(Program.Breaches());

    /// <summary>Checked a second time, by the rules of the library.</summary>
    [Theory]
    [InlineData("RolloutOperator.Core", "RolloutOperator.Kubernetes", "RolloutOperator.Registry", "k8s", "System.Net", "System.IO", "Microsoft.Extensions")]
    [InlineData("RolloutOperator.Kubernetes", "RolloutOperator.Core", "RolloutOperator.Registry")]
    [InlineData("RolloutOperator.Registry", "RolloutOperator.Core", "RolloutOperator.Kubernetes", "k8s")]
    public void A_leaf_depends_on_nothing_but_itself_and_its_own_library(string leaf, params string[] closed)
    {
        var result = Types.InAssembly(Assembly.Load(leaf)).That().ResideInNamespace(leaf).ShouldNot().HaveDependencyOnAny(closed).GetResult();
        Wrong.None((result.FailingTypeNames ?? []).Select(type => $"{type} uses a type of {string.Join(" or ", closed)}."));
    }

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
