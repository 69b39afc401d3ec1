using System.Security.Cryptography;
using System.Text;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>A value that nobody else has, to be looked for where values may not be.</summary>
internal sealed class Canary
{
    private const int Shown = 12;

    // A part of it gives it away too, as bytes, base64 from any offset, or hexadecimal digits.
    private readonly string[] _forms;

    /// <param name="where">Where it is put, for the message.</param>
    public Canary(string where)
    {
        Where = where;
        Value = "canary" + RandomNumberGenerator.GetHexString(32, lowercase: true);
        var bytes = Encoding.UTF8.GetBytes(Value);
        _forms =
        [
            .. Parts(Value),
            .. Enumerable.Range(0, 3).SelectMany(offset => Parts(Convert.ToBase64String([.. new byte[offset], .. bytes])[4..^4])),
            .. Parts(Convert.ToHexString(bytes)), Convert.ToHexString(SHA256.HashData(bytes))[..Shown],
        ];
    }

    public string Where { get; }

    public string Value { get; }

    public string Base64 => Convert.ToBase64String(Encoding.UTF8.GetBytes(Value));

    /// <summary>Fails if the text has any part of it.</summary>
    public void IsNotIn(string text, string what) => Assert.False(
        _forms.Any(form => text.Contains(form, StringComparison.OrdinalIgnoreCase)), $"{what} shows what is in {Where}:\n{text}");

    // The word at its beginning is no secret.
    private static IEnumerable<string> Parts(string text) => Enumerable.Range(text.Length / 4, (text.Length * 3 / 4) - Shown).Select(at => text.Substring(at, Shown));
}
