using System.Text;

namespace RolloutOperator.Kubernetes.Errors;

/// <summary>Makes a short quotation, fit for one line of a log, from untrusted text.</summary>
internal static class Excerpt
{
    /// <summary>The beginning of a body in readable form; null if there is none.</summary>
    public static string? OfBody(ReadOnlySpan<byte> body, int limit)
    {
        string text = Encoding.UTF8.GetString(body[..Math.Min(body.Length, 8 << 10)]).Trim();
        if (text.StartsWith('<'))
        {
            return "a web page" + (Between(text, "<title>", "</title>") is { Length: > 0 } title ? $" titled \"{Printable(title, limit)}\"" : "");
        }

        // JSON that is not a Status might be an object with its values.
        return text.StartsWith('{') || text.StartsWith('[') ? "JSON that is not a Status"
            : Printable(text, limit) is { Length: > 0 } printable ? printable
            : null;
    }

    /// <summary>The last line that is not blank.</summary>
    public static string LastLine(ReadOnlySpan<byte> text)
    {
        string all = Encoding.UTF8.GetString(text[Math.Max(0, text.Length - (4 << 10))..]).TrimEnd();
        return all[(all.LastIndexOf('\n') + 1)..];
    }

    /// <summary>Runs of white space and control characters become one space, so that the text stays on one line.</summary>
    public static string Printable(string text, int limit)
    {
        var result = new StringBuilder(Math.Min(limit, text.Length));
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (result.Length >= limit)
            {
                break;
            }

            if (!Rune.IsControl(rune) && !Rune.IsWhiteSpace(rune))
            {
                result.Append(rune);
            }
            else if (result.Length > 0 && result[^1] != ' ')
            {
                result.Append(' ');
            }
        }

        return result.ToString().Trim();
    }

    private static string? Between(string text, string begin, string end)
    {
        int from = text.IndexOf(begin, StringComparison.OrdinalIgnoreCase);
        int to = from < 0 ? -1 : text.IndexOf(end, from, StringComparison.OrdinalIgnoreCase);
        return to < 0 ? null : text[(from + begin.Length)..to].Trim();
    }
}
