namespace RolloutOperator.Tests.Architecture;

internal static class Wrong
{
    /// <summary>Fails with all the sentences at once, so that one run says all there is to mend.</summary>
    internal static void None(IEnumerable<string> sentences)
    {
        string[] all = [.. sentences.Select(Spoken).Distinct()];
        Assert.True(all.Length == 0, string.Join('\n', all));
    }

    private static string Spoken(string sentence) => sentence
        .Replace("..ctor", " (constructor)", StringComparison.Ordinal)
        .Replace("..cctor", " (static constructor)", StringComparison.Ordinal);
}
