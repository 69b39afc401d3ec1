using System.Reflection;
using System.Text.RegularExpressions;
using RolloutOperator.Core.Templates;
using RolloutOperator.Serving;

namespace RolloutOperator.Tests.Documents;

/// <summary>The pages of docs/reference list what the program has, and nothing else.</summary>
public partial class ReferenceTests
{
    [Fact]
    public void The_page_of_annotations_lists_every_one()
    {
        var names = typeof(Names).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!)
            .Where(name => name.Contains('/', StringComparison.Ordinal) && name != Names.Prefix);
        Assert.Equal(names.Order(), Listed("annotations.md", AnnotationRow()));
    }

    [Fact]
    public void The_page_of_Events_lists_every_reason() => Assert.Equal(Instruments.Vocabulary.Reasons.Order(), Listed("events.md", EventRow()));

    private static IEnumerable<string> Listed(string page, Regex row) => File.ReadLines(Path.Combine(Repository.Root, "docs", "reference", page))
        .Select(line => row.Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value).Order();

    [GeneratedRegex(@"^\|[^|]*?(?:\| )?(?:label )?`([\w.-]+/[\w-]+)` \|")]
    private static partial Regex AnnotationRow();

    [GeneratedRegex(@"^\| `(\w+)` \| (?:Normal|Warning) \|")]
    private static partial Regex EventRow();
}
