namespace RolloutOperator.Cli.Output;

/// <summary>Which word somebody meant who made a typing mistake.</summary>
internal static class Nearest
{
    // A word that differs in more letters is another word.
    private const int MostTypos = 3;

    /// <summary>The nearest one, or null when none is near.</summary>
    public static string? To(string typed, IEnumerable<string> words) => words
        .Select(word => (Word: word, Distance: Distance(typed, word)))
        .Where(each => each.Distance <= Math.Min(MostTypos, typed.Length / 2))
        .OrderBy(each => each.Distance).FirstOrDefault().Word;

    // Levenshtein: how many letters have to be added, removed or replaced.
    private static int Distance(string one, string other)
    {
        int[] row = [.. Enumerable.Range(0, other.Length + 1)];
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var replaced = diagonal + (one[i - 1] == other[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
