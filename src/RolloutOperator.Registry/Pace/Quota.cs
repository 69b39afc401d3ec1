using System.Globalization;
using System.Runtime.InteropServices;

namespace RolloutOperator.Registry.Pace;

/// <summary>What <c>ratelimit-limit: 100;w=21600</c> and <c>ratelimit-remaining: 76;w=21600</c> say.</summary>
/// <param name="Limit">How much there is in one window.</param>
/// <param name="Remaining">How much of it is left.</param>
/// <param name="Window">How long the window is.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Quota(long Limit, long Remaining, TimeSpan Window)
{
    private static readonly TimeSpan LongestWindow = TimeSpan.FromDays(1);

    /// <summary>Whether less than a tenth is left: then nothing is asked for that counts.</summary>
    public bool IsLow => Remaining * 10 < Limit;

    /// <summary>The part of it that is left, from 0 to 1.</summary>
    public double Part => Limit == 0 ? 0 : Math.Min(1, (double)Remaining / Limit);

    public static Quota? TryRead(string? limit, string? remaining) =>
        Read(limit) is { } all && Read(remaining) is { } left ? new(all.Number, left.Number, left.Window ?? all.Window ?? TimeSpan.FromHours(1)) : null;

    private static (long Number, TimeSpan? Window)? Read(string? text)
    {
        if (text is null || text.Length > 64)
        {
            return null;
        }

        var parts = text.Split(';', StringSplitOptions.TrimEntries);
        if (!TryNumber(parts[0], out var number))
        {
            return null;
        }

        TimeSpan? window = parts.Skip(1).FirstOrDefault(part => part.StartsWith("w=", StringComparison.OrdinalIgnoreCase)) is { } w && TryNumber(w[2..], out var seconds)
            ? TimeSpan.FromSeconds(Math.Min(seconds, (long)LongestWindow.TotalSeconds))
            : null;
        return (number, window);
    }

    private static bool TryNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < long.MaxValue / 10;
}
