using System.Text;

namespace RolloutOperator.Core.Tests;

/// <summary>Random values, small and near each other, so that collisions and near misses are common.</summary>
internal sealed class Dice(int seed)
{
    // The last few order differently as UTF-16 and as UTF-8, or lie at the edges of encodings.
    private static readonly string[] Pieces =
        ["", "a", "b", "ab", "A", "=", ",", "/", "\0", "\u0001", "\n", "\"", "\\", " ", "é", "\u0301", "configmap/", "\u007F", "\u0080", "\u07FF", "\u0800", "\uD7FF", "\uE000", "\uFFFD", "\uFFFF", "\U00010000", "😀", "\U0010FFFF"];

    private readonly Random _random = new(seed);

    public int Next(int below) => _random.Next(below);

    public bool OneIn(int n) => _random.Next(n) == 0;

    public T Of<T>(params T[] choices) => choices[_random.Next(choices.Length)];

    public string Text(int pieces = 4)
    {
        var text = new StringBuilder();
        for (var i = Next(pieces + 1); i > 0; i--)
        {
            text.Append(Of(Pieces));
        }

        return text.ToString();
    }

    public byte[] Bytes(int below)
    {
        var bytes = new byte[Next(below)];
        _random.NextBytes(bytes);
        return bytes;
    }

    public T[] Shuffled<T>(IEnumerable<T> items)
    {
        var shuffled = items.ToArray();
        _random.Shuffle(shuffled);
        return shuffled;
    }

    public T[] Many<T>(int below, Func<T> make) => [.. Enumerable.Range(0, Next(below)).Select(_ => make())];
}
