using System.CommandLine;

namespace RolloutOperator.Cli.Output;

/// <summary>Times as kubectl prints them.</summary>
internal static class Age
{
    /// <summary>Gives for example <c>5m</c> or <c>3d</c>; <c>-</c> for an unknown time.</summary>
    public static string Of(DateTimeOffset? time, DateTimeOffset now) => (now - time) switch
    {
        null => "-",
        { TotalSeconds: < 120 } age => $"{Math.Max(0, (int)age.TotalSeconds)}s",
        { TotalMinutes: < 120 } age => $"{(int)age.TotalMinutes}m",
        { TotalHours: < 48 } age => $"{(int)age.TotalHours}h",
        { } age => $"{(int)age.TotalDays}d",
    };
}

/// <summary>What the reader should know of a result, beside it.</summary>
internal static class Notes
{
    public static async Task WriteAsync(ParseResult parsed, IEnumerable<string> notes)
    {
        foreach (var note in notes)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync("note: " + Table.Printable(note));
        }
    }
}
