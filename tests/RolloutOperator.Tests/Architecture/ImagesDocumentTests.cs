namespace RolloutOperator.Tests.Architecture;

public class ImagesDocumentTests
{
    // Of the table at the end, the cells with the tests.
    private static readonly string[] Cells =
    [
        .. File.ReadLines(Path.Combine(Repository.Root, "docs", "images.md"))
            .SkipWhile(line => line != "## What the tests hold")
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| what", StringComparison.Ordinal))
            .Select(line => line.Split('|')[2]),
    ];

    [Fact]
    public void Each_case_of_an_image_has_a_test()
    {
        Assert.InRange(Cells.Length, 40, 100);
        Assert.All(Cells, cell => Assert.NotEmpty(NamedTests.In(cell)));
    }

    [Fact]
    public void Each_test_that_the_document_names_exists() => NamedTests.Exist(Cells.SelectMany(NamedTests.In));
}
