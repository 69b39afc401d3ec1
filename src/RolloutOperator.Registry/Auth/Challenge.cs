using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace RolloutOperator.Registry.Auth;

/// <summary>One challenge of a <c>WWW-Authenticate</c> header (RFC 9110, 11.3).</summary>
internal sealed partial record Challenge(string Scheme, ImmutableDictionary<string, string> Parameters)
{
    private const int MaxValueLength = 16 << 10;
    private const int MaxChallenges = 16;

    private const string Token = "(?>[!#$%&'*+.^_`|~0-9A-Za-z-]+)";
    private const string Parameter = $@"(?>[ \t,]*)(?<name>{Token})[ \t]*=[ \t]*(""(?<value>(?>([^""\\]|\\.)*))""|(?<value>{Token}))";

    // `Negotiate abc==`: one token instead of parameters, in schemes that are not supported.
    private const string Token68 = @"(?>[^="" \t,]+)=*[ \t]*(?=,|\z)";

    public bool IsBearer => Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase);

    public bool IsBasic => Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase);

    public string? Find(string parameter) => Parameters.GetValueOrDefault(parameter);

    /// <summary>
    /// Parses the values of <c>WWW-Authenticate</c>. Each may hold several challenges, and the comma between challenges
    /// looks like the comma between parameters. At a syntax error the challenges before it are kept. The runtime's own
    /// header parser would drop them.
    /// </summary>
    public static ImmutableArray<Challenge> Parse(IEnumerable<string> values) =>
        [.. values.Where(value => value.Length <= MaxValueLength).SelectMany(ParseOne).Take(MaxChallenges)];

    private static IEnumerable<Challenge> ParseOne(string value)
    {
        for (var match = Syntax().Match(value); match.Success; match = match.NextMatch())
        {
            var parameters = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.OrdinalIgnoreCase);
            foreach (var (name, text) in match.Groups["name"].Captures.Zip(match.Groups["value"].Captures))
            {
                // The first of two parameters with the same name counts.
                parameters.TryAdd(name.Value, Escape().Replace(text.Value, "${character}"));
            }

            yield return new(match.Groups["scheme"].Value, parameters.ToImmutable());
        }
    }

    // Loops are atomic, so that hostile input cannot make the match backtrack. What looks like another parameter after the
    // last one is an error: it has no valid value, or there are too many.
    [GeneratedRegex(
        $@"\G[ \t,]*(?<scheme>{Token})(?=[ \t,]|\z)(?>[ \t]*)({Token68}|(?>({Parameter}){{0,32}})(?![ \t,]*{Token}[ \t]*=))",
        RegexOptions.ExplicitCapture | RegexOptions.Singleline,
        matchTimeoutMilliseconds: Timeout.Infinite)]
    private static partial Regex Syntax();

    [GeneratedRegex(@"\\(?<character>.)", RegexOptions.ExplicitCapture | RegexOptions.Singleline, matchTimeoutMilliseconds: Timeout.Infinite)]
    private static partial Regex Escape();
}
