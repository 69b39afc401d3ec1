namespace RolloutOperator.Tests.Architecture;

public class InvariantsTests
{
    private static readonly string[] Rows = [.. File.ReadLines(Path.Combine(Repository.Root, "docs", "invariants.md")).Where(line => line.StartsWith("| I", StringComparison.Ordinal))];

    [Fact]
    public void Each_invariant_has_a_test_or_says_that_there_is_none()
    {
        Assert.Equal(Enumerable.Range(1, 16).Select(number => $"I{number}"), Rows.Select(row => row.Split('|')[1].Trim()));
        Assert.All(Rows, row => Assert.True(row.Contains('`', StringComparison.Ordinal) || row.Contains("Not yet", StringComparison.Ordinal), row));
    }

    [Fact]
    public void Each_test_that_the_document_names_exists() => NamedTests.Exist(Rows.SelectMany(NamedTests.In));
}
