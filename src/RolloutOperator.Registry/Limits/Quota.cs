using System.Globalization;
using System.Runtime.InteropServices;

namespace RolloutOperator.Registry.Limits;

/// <summary>The pull quota in the headers <c>ratelimit-limit: 100;w=21600</c> and <c>ratelimit-remaining: 76;w=21600</c>.</summary>
/// <param name="Limit">Pulls per window.</param>
/// <param name="Remaining">Pulls that are left.</param>
/// <param name="Window">The length of the window.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Quota(long Limit, long Remaining, TimeSpan Window)
{
    private static readonly TimeSpan DefaultWindow = TimeSpan.FromHours(1);
    private static readonly TimeSpan MaxWindow = TimeSpan.FromDays(1);

    /// <summary>Whether less than a tenth is left. The rest is for the nodes, so the operator does not pull.</summary>
    public bool IsLow => Remaining * 10 < Limit;

    /// <summary>The part that is left, from 0 to 1.</summary>
    public double RemainingRatio => Limit == 0 ? 0 : Math.Min(1, (double)Remaining / Limit);

    public static Quota? TryRead(string? limit, string? remaining) =>
        Read(limit) is { } all && Read(remaining) is { } left ? new(all.Number, left.Number, left.Window ?? all.Window ?? DefaultWindow) : null;

    private static (long Number, TimeSpan? Window)? Read(string? text)
    {
        var parts = text is { Length: <= 64 } ? text.Split(';', StringSplitOptions.TrimEntries) : [];
        if (parts.Length == 0 || !TryNumber(parts[0], out var number))
        {
            return null;
        }

        TimeSpan? window = parts.Skip(1).FirstOrDefault(part => part.StartsWith("w=", StringComparison.OrdinalIgnoreCase)) is { } w && TryNumber(w[2..], out var seconds)
            ? TimeSpan.FromSeconds(Math.Min(seconds, (long)MaxWindow.TotalSeconds))
            : null;
        return (number, window);
    }

    private static bool TryNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < long.MaxValue / 10;
}
