namespace RolloutOperator.Tests.Architecture;

internal static class Wrong
{
    /// <summary>Fails with all the sentences at once, so that one run says all there is to mend.</summary>
    internal static void None(IEnumerable<string> sentences)
    {
        string[] all = [.. sentences.Distinct()];
        Assert.True(all.Length == 0, string.Join('\n', all));
    }
}
