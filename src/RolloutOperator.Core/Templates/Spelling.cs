namespace RolloutOperator.Core.Templates;

/// <summary>Finds what was probably meant by a word that is not known.</summary>
public static class Spelling
{
    /// <summary>The end of a sentence: which known word was probably meant, or nothing.</summary>
    public static string DidYouMean(string typed, IEnumerable<string> known) => Nearest(typed, known) is { } nearest ? $"; did you mean {nearest}?" : "";

    /// <summary>The known word that is nearest, if it is near.</summary>
    public static string? Nearest(string typed, IEnumerable<string> known) => known
        .Select(word => (Word: word, Distance: Distance(typed, word)))
        .Where(each => each.Distance <= Math.Max(1, Math.Min(typed.Length, each.Word.Length) / 3))
        .OrderBy(each => each.Distance).ThenBy(each => each.Word, StringComparer.Ordinal)
        .Select(each => each.Word).FirstOrDefault();

    // How many characters have to be inserted, left out, replaced or swapped with their neighbour (optimal string alignment).
    private static int Distance(string one, string other)
    {
        var (beforeLast, last, now) = (new int[other.Length + 1], Enumerable.Range(0, other.Length + 1).ToArray(), new int[other.Length + 1]);
        for (var i = 1; i <= one.Length; i++)
        {
            now[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                now[j] = Math.Min(Math.Min(last[j], now[j - 1]) + 1, last[j - 1] + (IsSame(i, j) ? 0 : 1));
                if (i > 1 && j > 1 && IsSame(i, j - 1) && IsSame(i - 1, j))
                {
                    now[j] = Math.Min(now[j], beforeLast[j - 2] + 1);
                }
            }

            (beforeLast, last, now) = (last, now, beforeLast);
        }

        return last[other.Length];

        bool IsSame(int i, int j) => char.ToLowerInvariant(one[i - 1]) == char.ToLowerInvariant(other[j - 1]);
    }
}
