using System.CommandLine;
using System.CommandLine.Parsing;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli;

/// <summary>The options that say which kinds of sources are followed.</summary>
internal static class SourceFlags
{
    private static readonly string Names = string.Join(',', SourceKinds.All.Select(kind => kind.Plural()));

    private static readonly Option<SourceKind[]?> Sources = OptionTypes.Parsed<SourceKind[]>(
        "--sources",
        "kinds",
        $"The kinds of sources to follow, with commas. What is not listed is not watched and not read, and takes no rights. Default: {Names}.",
        new($"write some of {Names}, with commas between them."),
        Parse);

    private static readonly Option<string?> Images = OptionTypes.Choice(
        "--images",
        "on|off",
        "Whether a push to a tag rolls the workloads that would pull it: off leaves images out of the default of --sources. Default: on.",
        "on",
        "off");

    public static IEnumerable<Option> All => [Sources, Images];

    public static IEnumerable<SourceKind> Read(CommandResult result) =>
        Given(result) ?? SourceKinds.All.Where(kind => kind != SourceKind.Image || result.GetValue(Images) != "off");

    /// <summary>Reports options that contradict each other.</summary>
    public static void Validate(CommandResult result)
    {
        if (Given(result) is { } sources && result.GetValue(Images) is { } images && sources.Contains(SourceKind.Image) != (images == "on"))
        {
            result.AddError(
                $"--images {images} and --sources contradict each other: leave --images out, and {(images == "on" ? "add images to" : "take images out of")} --sources.");
        }
    }

    // The value of an array that was not given is empty.
    private static SourceKind[]? Given(CommandResult result) => result.GetValue(Sources) is { Length: > 0 } sources ? sources : null;

    private static SourceKind[]? Parse(string text)
    {
        var names = text.Split(',', StringSplitOptions.TrimEntries);
        return Array.TrueForAll(names, name => SourceKinds.All.Any(kind => kind.Plural() == name))
            ? [.. SourceKinds.All.Where(kind => names.Contains(kind.Plural()))]
            : null;
    }
}
