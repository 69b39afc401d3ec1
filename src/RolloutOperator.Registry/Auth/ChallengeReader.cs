using System.Buffers;
using System.Collections.Immutable;
using System.Text;

namespace RolloutOperator.Registry.Auth;

/// <summary>
/// Reads the values of <c>WWW-Authenticate</c>: each may hold several challenges, and the comma between two of them looks
/// like the one between two parameters. One scan from left to right; where the text stops making sense, reading ends and
/// what came before counts.
/// </summary>
internal ref struct ChallengeReader
{
    private const int LongestValue = 16 << 10;
    private const int MostChallenges = 16;
    private const int MostParameters = 32;

    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private readonly ReadOnlySpan<char> _text;
    private int _at;

    private ChallengeReader(ReadOnlySpan<char> text) => _text = text;

    public static ImmutableArray<Challenge> ReadAll(IEnumerable<string> values)
    {
        var all = ImmutableArray.CreateBuilder<Challenge>();
        foreach (var value in values)
        {
            if (value.Length <= LongestValue)
            {
                new ChallengeReader(value).Read(all);
            }
        }

        return all.DrainToImmutable();
    }

    private void Read(ImmutableArray<Challenge>.Builder all)
    {
        SkipSeparators();
        while (all.Count < MostChallenges && Token() is { IsEmpty: false } scheme)
        {
            // The scheme stands apart from what follows, unless nothing does.
            var isWellFormed = _at == _text.Length || _text[_at] is ' ' or '\t' or ',';
            if (!isWellFormed || !TryParameters(out var parameters))
            {
                return;
            }

            all.Add(new(scheme.ToString(), parameters));
            SkipSeparators();
        }
    }

    private bool TryParameters(out ImmutableDictionary<string, string> parameters)
    {
        var read = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.OrdinalIgnoreCase);
        parameters = read.ToImmutable();
        SkipBlanks();
        if (TrySkipToken68())
        {
            return true;
        }

        while (true)
        {
            SkipSeparators();
            var start = _at;
            var name = Token();
            SkipBlanks();
            if (name.IsEmpty || _at == _text.Length || _text[_at] != '=')
            {
                // No parameter: the end, or the scheme of the next challenge.
                _at = start;
                parameters = read.ToImmutable();
                return true;
            }

            _at++;
            SkipBlanks();
            if (read.Count == MostParameters || Value() is not { } value)
            {
                return false;
            }

            // Said twice, the first one counts: what is put behind cannot replace it.
            read.TryAdd(name.ToString(), value);
        }
    }

    // `Negotiate abc==`: one word in place of parameters, which we have no use for.
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

        var token = Token();
        return token.IsEmpty ? null : token.ToString();
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

    private void SkipBlanks()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t')
        {
            _at++;
        }
    }

    private void SkipSeparators()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t' or ',')
        {
            _at++;
        }
    }
}
