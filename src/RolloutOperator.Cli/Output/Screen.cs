using System.Text;

namespace RolloutOperator.Cli.Output;

/// <summary>A terminal on which something is drawn over and over.</summary>
/// <param name="output">The terminal.</param>
/// <param name="size">Its columns and lines now.</param>
internal sealed class Screen(TextWriter output, Func<(int Columns, int Lines)> size)
{
    // ECMA-48: the cursor goes home, a line is erased to its end, and so is the rest of the screen.
    private const string Home = "\e[H";
    private const string EraseLine = "\e[K";
    private const string EraseRest = "\e[J";

    /// <summary>The terminal behind the output; null when there is none, or one on which nothing can be drawn over.</summary>
    public static Screen? Of(TextWriter output) =>
        ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb")
            ? new(output, () => (Console.WindowWidth, Console.WindowHeight))
            : null;

    /// <summary>Draws the lines from the top; those that do not fit are counted.</summary>
    public async Task DrawAsync(IReadOnlyList<string> lines)
    {
        var (columns, most) = size();
        most = Math.Max(2, most - 1);
        var text = new StringBuilder(Home);
        foreach (var line in lines.Count <= most ? lines : lines.Take(most - 1).Append($"… and {lines.Count - most + 1} more lines"))
        {
            text.Append(Cut(line, columns)).Append(EraseLine).Append("\r\n");
        }

        await output.WriteAsync(text.Append(EraseRest).ToString());
        await output.FlushAsync();
    }

    // Codes of colours take no room, and are all kept.
    private static string Cut(string line, int columns)
    {
        var cut = new StringBuilder();
        var (room, isCode) = (columns, false);
        foreach (var c in line)
        {
            isCode |= c == '\e';
            if (isCode || room-- > 0)
            {
                cut.Append(c);
            }

            isCode &= c != 'm';
        }

        return cut.ToString();
    }
}
