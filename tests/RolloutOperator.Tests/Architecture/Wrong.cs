namespace RolloutOperator.Tests.Architecture;

internal static class Wrong
{
    /// <summary>Fails with all the sentences at once, so that one run shows everything to fix.</summary>
    internal static void None(IEnumerable<string> sentences)
    {
        string[] all = [.. sentences.Select(Readable).Distinct()];
        Assert.True(all.Length == 0, string.Join('\n', all));
    }

    private static string Readable(string sentence) => sentence
        .Replace("..ctor", " (constructor)", StringComparison.Ordinal)
        .Replace("..cctor", " (static constructor)", StringComparison.Ordinal);
}
