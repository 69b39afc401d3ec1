namespace RolloutOperator.TestKit;

/// <summary>The part of a document between two comments that is generated from the program. <c>make docs</c> writes it.</summary>
public static class GeneratedPart
{
    private const string Begin = "<!-- generated from the program by `make docs` -->\n";
    private const string End = "<!-- end of the generated part -->\n";

    /// <summary>Fails if the document has anything else there; with ROLLOUT_OPERATOR_WRITE_DOCUMENTS=1, writes it.</summary>
    public static void Is(string document, string expected)
    {
        var path = Path.Combine(Repository.Root, document);
        var old = File.ReadAllText(path);
        var (begin, end) = (old.IndexOf(Begin, StringComparison.Ordinal), old.IndexOf(End, StringComparison.Ordinal));
        if (begin < 0 || end < begin)
        {
            throw new InvalidOperationException($"{document} has no generated part.");
        }

        var now = old[..(begin + Begin.Length)] + expected + old[end..];
        if (Environment.GetEnvironmentVariable("ROLLOUT_OPERATOR_WRITE_DOCUMENTS") == "1")
        {
            File.WriteAllText(path, now);
        }
        else if (old != now)
        {
            throw new InvalidOperationException($"{document} is not up to date; run 'make docs'.");
        }
    }
}
