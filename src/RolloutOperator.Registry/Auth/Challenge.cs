using System.Buffers;
using System.Collections.Immutable;
using System.Text;

namespace RolloutOperator.Registry.Auth;

/// <summary>One challenge of a <c>WWW-Authenticate</c> header (RFC 9110, 11.3).</summary>
internal sealed record Challenge(string Scheme, ImmutableDictionary<string, string> Parameters)
{
    public bool IsBearer => Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase);

    public bool IsBasic => Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase);

    public string? Find(string parameter) => Parameters.GetValueOrDefault(parameter);
}

/// <summary>
/// Parses the values of <c>WWW-Authenticate</c>. Each may hold several challenges, and the comma between challenges looks
/// like the comma between parameters. One scan from left to right; at a syntax error the scan ends, and the challenges
/// before it are kept.
/// </summary>
internal ref struct ChallengeParser
{
    private const int MaxValueLength = 16 << 10;
    private const int MaxChallenges = 16;
    private const int MaxParameters = 32;

    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private readonly ReadOnlySpan<char> _text;
    private int _at;

    private ChallengeParser(ReadOnlySpan<char> text) => _text = text;

    public static ImmutableArray<Challenge> Parse(IEnumerable<string> values)
    {
        var all = ImmutableArray.CreateBuilder<Challenge>();
        foreach (var value in values)
        {
            if (value.Length <= MaxValueLength)
            {
                new ChallengeParser(value).Parse(all);
            }
        }

        return all.DrainToImmutable();
    }

    private void Parse(ImmutableArray<Challenge>.Builder all)
    {
        SkipSeparators();
        while (all.Count < MaxChallenges && Token() is { IsEmpty: false } scheme)
        {
            var isWellFormed = _at == _text.Length || _text[_at] is ' ' or '\t' or ',';
            if (!isWellFormed || Parameters() is not { } parameters)
            {
                return;
            }

            all.Add(new(scheme.ToString(), parameters));
            SkipSeparators();
        }
    }

    // Null at a syntax error.
    private ImmutableDictionary<string, string>? Parameters()
    {
        var read = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.OrdinalIgnoreCase);
        SkipBlanks();
        if (TrySkipToken68())
        {
            return read.ToImmutable();
        }

        while (true)
        {
            SkipSeparators();
            var start = _at;
            var name = Token();
            SkipBlanks();
            if (name.IsEmpty || _at == _text.Length || _text[_at] != '=')
            {
                // Not a parameter: the end, or the scheme of the next challenge.
                _at = start;
                return read.ToImmutable();
            }

            _at++;
            SkipBlanks();
            if (read.Count == MaxParameters || Value() is not { } value)
            {
                return null;
            }

            // The first of two parameters with the same name counts.
            read.TryAdd(name.ToString(), value);
        }
    }

    // `Negotiate abc==`: one token instead of parameters, in schemes that are not supported.
    private bool TrySkipToken68()
    {
        var rest = _text[_at..];
        var end = rest.IndexOf(',') is var comma and >= 0 ? comma : rest.Length;
        var word = rest[..end].Trim(" \t");
        var core = word.TrimEnd('=');
        if (core.IsEmpty || core.ContainsAny("=\" \t"))
        {
            return false;
        }

        _at += end;
        return true;
    }

    private string? Value()
    {
        if (_at < _text.Length && _text[_at] == '"')
        {
            return Quoted();
        }

        return Token() is { IsEmpty: false } token ? token.ToString() : null;
    }

    private string? Quoted()
    {
        var value = new StringBuilder();
        for (_at++; _at < _text.Length; _at++)
        {
            var c = _text[_at];
            if (c == '"')
            {
                _at++;
                return value.ToString();
            }

            if (c == '\\' && ++_at == _text.Length)
            {
                return null;
            }

            value.Append(_text[_at]);
        }

        return null;
    }

    private ReadOnlySpan<char> Token()
    {
        var rest = _text[_at..];
        var end = rest.IndexOfAnyExcept(TokenCharacters) is var other and >= 0 ? other : rest.Length;
        _at += end;
        return rest[..end];
    }

    private void SkipBlanks() => Skip(" \t");

    private void SkipSeparators() => Skip(" \t,");

    private void Skip(ReadOnlySpan<char> characters)
    {
        var rest = _text[_at..];
        _at += rest.Length - rest.TrimStart(characters).Length;
    }
}
