using System.Collections.Immutable;

namespace RolloutOperator.Tests.Architecture;

/// <summary>One room of the table.</summary>
internal sealed record Row(string Room, string Where, string MayUse, bool Everything, ImmutableArray<Grant> Grants)
{
    private const string Heading = "| room | where | does | may use | holds | may not |";

    internal bool Allows(string room, string type) => Everything || room == Room || Grants.Any(grant => grant.Opens(room, type));

    /// <summary>The rows of the one table in a document that has the contract's heading.</summary>
    internal static ImmutableArray<Row> ParseAll(IEnumerable<string> document)
    {
        string[] lines = [.. document.SkipWhile(line => line != Heading).TakeWhile(line => line.StartsWith('|'))];
        return lines.Length > 2 ? [.. lines.Skip(2).Select(Parse)] : throw new FormatException($"no table with the heading \"{Heading}\"");
    }

    private static Row Parse(string line)
    {
        string[] cells = [.. line.Trim('|').Split('|').Select(cell => cell.Trim())];
        return cells is [var room, var where, _, var mayUse, _, _]
            ? new Row(room, where.Trim('`'), mayUse, mayUse == "everything", mayUse is "everything" or "nothing" ? [] : Grant.ParseAll(mayUse))
            : throw new FormatException($"a row has six cells: {line}");
    }
}
