using System.Buffers;
using System.Globalization;

namespace RolloutOperator.Core.Templates;

/// <summary>Durations as people write them in Kubernetes: <c>500ms</c>, <c>1s</c>, <c>1m30s</c>, <c>0</c>.</summary>
public static class Duration
{
    /// <summary>The longest that is read: a day.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private static readonly SearchValues<char> Number = SearchValues.Create("0123456789.");

    private static readonly (string Unit, double Seconds)[] Units = [("ms", 0.001), ("h", 3600), ("m", 60), ("s", 1)];

    /// <summary>Reads a duration between nothing and a day.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var rest = text.AsSpan().Trim();
        if (rest is "" or "0")
        {
            return rest.Length > 0;
        }

        var seconds = 0.0;
        for (var parts = 0; rest.Length > 0; parts++)
        {
            var digits = rest.IndexOfAnyExcept(Number);
            if (parts == 4 || digits is < 1 or > 15
                || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                || !TryTakeUnit(rest[digits..], out var unit, out rest))
            {
                return false;
            }

            seconds += number * unit;
        }

        if (seconds > Longest.TotalSeconds)
        {
            return false;
        }

        duration = TimeSpan.FromSeconds(seconds);
        return true;
    }

    /// <summary>Writes a duration for people, no more exactly than they want it: <c>4.2s</c>, <c>1m30s</c>, <c>2h5m</c>.</summary>
    public static string Describe(TimeSpan duration)
    {
        var seconds = (long)Math.Round(duration.TotalSeconds);
        return duration < TimeSpan.FromSeconds(10) ? string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.#}s")
            : seconds < 60 ? Parts((seconds, "s"))
            : seconds < 3600 ? Parts((seconds / 60, "m"), (seconds % 60, "s"))
            : Parts((seconds / 3600, "h"), (seconds % 3600 / 60, "m"));
    }

    private static string Parts(params ReadOnlySpan<(long Number, string Unit)> parts)
    {
        var text = "";
        foreach (var (number, unit) in parts)
        {
            text += number > 0 ? string.Create(CultureInfo.InvariantCulture, $"{number}{unit}") : "";
        }

        return text;
    }

    private static bool TryTakeUnit(ReadOnlySpan<char> text, out double seconds, out ReadOnlySpan<char> rest)
    {
        foreach (var (unit, length) in Units)
        {
            if (text.StartsWith(unit, StringComparison.Ordinal))
            {
                seconds = length;
                rest = text[unit.Length..];
                return true;
            }
        }

        seconds = 0;
        rest = default;
        return false;
    }
}
