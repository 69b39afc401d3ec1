namespace RolloutOperator.Cli.Output;

/// <summary>Columns of text as kubectl prints them: two spaces between them, and none at the end of a line.</summary>
internal sealed class Table(params string[] header)
{
    private readonly List<string[]> _rows = header.Length == 0 ? [] : [header];

    /// <summary>The colours of cells that are nothing but the name of a state.</summary>
    public Palette Palette { get; init; } = new(isOn: false);

    public bool IsEmpty => _rows.Count == 0;

    public void Add(params string[] cells) => _rows.Add([.. cells.Select(Printable)]);

    /// <summary>Writes it, with columns that are at least as wide as those of a table before it.</summary>
    /// <returns>How wide the columns are.</returns>
    public async Task<int[]> WriteAsync(TextWriter output, string indent = "", int[]? before = null)
    {
        int[] widths = [.. Enumerable.Range(0, _rows.Max(row => row.Length)).Select(column =>
            Math.Max(before?.ElementAtOrDefault(column) ?? 0, _rows.Max(row => column < row.Length ? row[column].Length : 0)))];
        foreach (var row in _rows.Where(row => row.Any(cell => cell.Length > 0)))
        {
            await output.WriteLineAsync((indent + string.Join("  ", row.Select((cell, column) => Palette.Paint(cell, cell.PadRight(widths[column]))))).TrimEnd());
        }

        return widths;
    }

    /// <summary>The text without characters by which a terminal could be controlled: anybody may write any text into an object.</summary>
    public static string Printable(string text) => text.Any(char.IsControl) ? new([.. text.Select(c => char.IsControl(c) ? ' ' : c)]) : text;
}
