namespace RolloutOperator.Core.Templates;

/// <summary>Orders strings by their UTF-8 bytes, without making the bytes.</summary>
public sealed class Utf8Order : IComparer<string>
{
    /// <summary>The order; it has no state.</summary>
    public static Utf8Order Instance { get; } = new();

    /// <inheritdoc/>
    public int Compare(string? x, string? y)
    {
        if (x is null || y is null)
        {
            return (x is null ? 0 : 1) - (y is null ? 0 : 1);
        }

        var common = Math.Min(x.Length, y.Length);
        for (var i = 0; i < common; i++)
        {
            if (x[i] != y[i])
            {
                return Rank(x[i]) - Rank(y[i]);
            }
        }

        return x.Length - y.Length;
    }

    // UTF-16 sorts surrogates (code points from U+10000) below U+E000..U+FFFF; UTF-8 sorts them above.
    private static int Rank(char c) => c < 0xD800 ? c : c < 0xE000 ? c + 0x2000 : c - 0x800;
}
