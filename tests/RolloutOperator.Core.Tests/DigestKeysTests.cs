using RolloutOperator.Core.Checksums;

namespace RolloutOperator.Core.Tests;

public sealed class DigestKeysTests
{
    private static readonly DigestKey[] Some = [.. Enumerable.Range(0, 9).Select(i => DigestKey.FromBytes(Bytes(i))!)];

    [Fact]
    public void A_new_key_comes_first_and_the_oldest_goes()
    {
        var keys = new DigestKeys([Some[0]]);
        foreach (var next in Some.Skip(1).Take(4))
        {
            keys = keys.Rotate(next);
        }

        Assert.Equal(Ids(4, 3, 2, 1), keys.All.Select(k => k.Id));
        Assert.Equal(Some[4].Id, keys.CurrentId);
        Assert.Equal(Ids(3, 2, 1), keys.Earlier);
        Assert.True(keys.Knows(Some[1].Id));
        Assert.False(keys.Knows(Some[0].Id));
    }

    [Fact]
    public void A_key_that_comes_back_is_there_once() =>
        Assert.Equal(Ids(0, 2, 1), Keys(2, 1, 0).Rotate(Some[0]).All.Select(k => k.Id));

    [Fact]
    public void Keys_known_before_are_kept_after_those_that_are_read()
    {
        Assert.Equal(Ids(3, 2, 1, 0), Keys(3).After(Keys(2, 1, 0)).All.Select(k => k.Id));
        Assert.Equal(Ids(3, 1, 2), Keys(3, 1).After(Keys(2, 1)).All.Select(k => k.Id));
        Assert.Equal(Ids(5, 4, 3, 2), Keys(5, 4).After(Keys(3, 2, 1)).All.Select(k => k.Id));
        Assert.Equal(Keys(2, 1), Keys(2, 1).After(Keys(2, 1)));
        Assert.NotEqual(Keys(2, 1), Keys(1, 2));
    }

    [Fact]
    public void Keys_are_read_from_bytes_of_the_right_lengths_only()
    {
        Assert.Equal(Keys(0), DigestKeys.FromBytes(Bytes(0), []));
        Assert.Equal(Keys(0, 1, 2), DigestKeys.FromBytes(Bytes(0), [.. Bytes(1), .. Bytes(2)]));
        Assert.Equal(Keys(0, 1, 2, 3), DigestKeys.FromBytes(Bytes(0), [.. Bytes(1), .. Bytes(2), .. Bytes(3), .. Bytes(4)]));
        Assert.Null(DigestKeys.FromBytes(Bytes(0).AsSpan(1), []));
        Assert.Null(DigestKeys.FromBytes([], []));
        Assert.Null(DigestKeys.FromBytes(Bytes(0), Bytes(1).AsSpan(1)));
        Assert.Null(DigestKeys.FromBytes(Bytes(0), [.. Bytes(1), 7]));
    }

    private static byte[] Bytes(int seed) => [.. Enumerable.Range(0, DigestKey.Size).Select(i => (byte)(i + (seed * 7)))];

    private static DigestKeys Keys(params int[] numbers) => new([.. numbers.Select(n => Some[n])]);

    private static IEnumerable<string> Ids(params int[] numbers) => numbers.Select(n => Some[n].Id);
}
