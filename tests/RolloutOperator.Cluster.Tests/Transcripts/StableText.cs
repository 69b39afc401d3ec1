using System.Globalization;
using System.Text.RegularExpressions;

namespace RolloutOperator.Cluster.Tests.Transcripts;

/// <summary>Puts one and the same in the place of what differs in each run: addresses, times, durations, resource versions, and what built the program.</summary>
/// <param name="server">The address of the API server.</param>
/// <param name="folder">The folder of the files.</param>
/// <param name="versions">The resource versions that may be printed.</param>
internal sealed partial class StableText(string server, string folder, IEnumerable<string> versions)
{
    private const int FirstVersion = 41001;

    private static readonly DateTime Now = new(2026, 11, 27, 9, 30, 0, DateTimeKind.Utc);
    private static readonly TimeSpan Between = TimeSpan.FromMinutes(7);

    public string Of(string text)
    {
        text = text.Replace(server, "https://203.0.113.10:6443", StringComparison.Ordinal).Replace(folder + "/", "examples/", StringComparison.Ordinal).Replace("examples/key", "key", StringComparison.Ordinal);
        foreach (var (version, i) in versions.Select((version, i) => (version, i)))
        {
            text = Regex.Replace(text, $@"(?<=[ ""]){version}(?=[""\n])", $"{FirstVersion + i}");
        }

        // The newest comes first.
        var times = 0;
        text = Time().Replace(text, _ => (Now - (Between * times++)).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        text = Took().Replace(HeadOfTook().Replace(text, "TOOK  CAUSE"), match => $"{match.Groups["time"].Value}  {(match.Groups["took"].Value is "-" ? "-   " : "4.2s")}  ");
        text = Age().Replace(text, match => "5m".PadRight(match.Length));
        text = Renewed().Replace(text, "renewed 1s ago");
        text = Server().Replace(text, "v1.20.2");
        return Client().Replace(text, "${version} (0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c) linux-x64");
    }

    [GeneratedRegex(@"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", RegexOptions.ExplicitCapture)]
    private static partial Regex Time();

    [GeneratedRegex(@"(?<time>\dZ) {2,}(?<took>-|[0-9.]+s) {2,}", RegexOptions.ExplicitCapture)]
    private static partial Regex Took();

    [GeneratedRegex("TOOK {2,}CAUSE")]
    private static partial Regex HeadOfTook();

    [GeneratedRegex(@"(?<=  )\d+[smhd] *(?=  \S)")]
    private static partial Regex Age();

    [GeneratedRegex(@"renewed \d+[smhd] ago")]
    private static partial Regex Renewed();

    [GeneratedRegex(@"\bv1\.\d+\.\d+[-+.\w]*")]
    private static partial Regex Server();

    [GeneratedRegex(@"(?<=Client: +)(?<version>\S+)( \(\w+\))? \S+", RegexOptions.ExplicitCapture)]
    private static partial Regex Client();
}
