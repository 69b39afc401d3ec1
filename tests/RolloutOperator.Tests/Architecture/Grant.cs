using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace RolloutOperator.Tests.Architecture;

/// <summary>One entry of "may use".</summary>
/// <param name="Room">The room it opens.</param>
/// <param name="Only">The only type it opens there; null for all of them.</param>
/// <param name="Not">Types of the room that stay closed.</param>
internal sealed partial record Grant(string Room, string? Only, ImmutableArray<string> Not)
{
    internal bool Opens(string room, string type) => Room == room && (Only is null || Only == type) && !Not.Contains(type);

    /// <summary>Every single type that it names.</summary>
    internal IEnumerable<string> Types => Only is null ? Not : Not.Add(Only);

    /// <summary>Reads <c>Core</c>, <c>Core.Planner</c> and <c>Core (not Core.Planner, Core.Plan)</c>, separated by commas.</summary>
    internal static ImmutableArray<Grant> ParseAll(string cell)
    {
        MatchCollection entries = Entry().Matches(cell);
        string rest = Entry().Replace(cell, "").Trim(' ', ',');
        return entries.Count > 0 && rest.Length == 0
            ? [.. entries.Select(Parse)]
            : throw new FormatException($"\"{cell}\" is not a list of rooms and types");
    }

    private static Grant Parse(Match entry)
    {
        string[] name = entry.Groups["name"].Value.Split('.');
        string[] not = entry.Groups["not"].Value.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);
        return not.All(type => type.StartsWith(name[0] + ".", StringComparison.Ordinal))
            ? new Grant(name[0], name.ElementAtOrDefault(1), [.. not.Select(type => type[(name[0].Length + 1)..])])
            : throw new FormatException($"\"{entry.Value}\" takes away what it does not give");
    }

    [GeneratedRegex(@"(?<name>\w+(\.\w+)?)(\s*\(not (?<not>[^)]+)\))?(\s*,\s*|$)", RegexOptions.ExplicitCapture)]
    private static partial Regex Entry();
}
