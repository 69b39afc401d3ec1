using System.Text.RegularExpressions;
using RolloutOperator.Tests.Architecture;

namespace RolloutOperator.Tests.Documents;

/// <summary>Every invariant and every case that a document lists has a test that carries it as a trait, and the other way round.</summary>
public partial class TraitsTests
{
    private static readonly (string Name, string Value)[] Traits =
    [
        .. from file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
           from trait in Trait().Matches(File.ReadAllText(file))
           select (trait.Groups[1].Value, trait.Groups[2].Value),
    ];

    [Fact]
    public void Every_invariant_has_a_test()
    {
        var invariants = Listed("invariants.md", InvariantRow());
        Assert.Equal(Enumerable.Range(1, 16).Select(number => $"I{number}"), invariants);
        Same("Invariant", invariants);
    }

    [Fact]
    public void Every_case_of_an_image_has_a_test()
    {
        var cases = Listed("images.md", CaseRow());
        Assert.InRange(cases.Length, 40, 100);
        Same("Image", cases);
    }

    private static void Same(string trait, string[] listed)
    {
        string[] tested = [.. Traits.Where(each => each.Name == trait).Select(each => each.Value).Distinct()];
        Wrong.None([
            .. listed.Except(tested).Select(value => $"No test has [Trait(\"{trait}\", \"{value}\")]."),
            .. tested.Except(listed).Select(value => $"A test has [Trait(\"{trait}\", \"{value}\")], which is not documented."),
        ]);
    }

    private static string[] Listed(string page, Regex row) =>
    [
        .. File.ReadLines(Path.Combine(Repository.Root, "docs", page)).SkipWhile(line => page == "images.md" && line != "## Tested cases")
            .Select(line => row.Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value),
    ];

    [GeneratedRegex("""^\s*\[Trait\("(\w+)", "([\w-]+)"\)\]""", RegexOptions.Multiline)]
    private static partial Regex Trait();

    [GeneratedRegex(@"^\| (I\d+) \|")]
    private static partial Regex InvariantRow();

    [GeneratedRegex(@"^\| `([\w-]+)` \|")]
    private static partial Regex CaseRow();
}
