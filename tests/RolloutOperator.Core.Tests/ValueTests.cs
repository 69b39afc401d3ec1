using System.Globalization;
using System.Security.Cryptography;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Tests;

public sealed class ValueTests
{
    [Theory]
    [InlineData("configmap/a", SourceKind.ConfigMap, "a")]
    [InlineData("secret/a.b-c", SourceKind.Secret, "a.b-c")]
    [InlineData("image/app", SourceKind.Image, "app")]
    [InlineData("configmap/0", SourceKind.ConfigMap, "0")]
    [InlineData("configmap/a--b", SourceKind.ConfigMap, "a--b")]
    [InlineData("configmap/shop/a.b", SourceKind.ConfigMap, "a.b", "shop")]
    [InlineData("secret/0-shop/a", SourceKind.Secret, "a", "0-shop")]
    public void A_source_reads_as_it_is_written(string text, SourceKind kind, string name, string? @namespace = null)
    {
        Assert.True(SourceRef.TryParse(text, out var source));
        Assert.Equal(new SourceRef(kind, name) { Namespace = @namespace }, source);
        Assert.Equal(text, source.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("/")]
    [InlineData("configmap")]
    [InlineData("configmap/")]
    [InlineData("configmaps/a")]
    [InlineData("ConfigMap/a")]
    [InlineData(" configmap/a")]
    [InlineData("configmap/a ")]
    [InlineData("configmap/a\n")]
    [InlineData("configmap/A")]
    [InlineData("configmap/a_b")]
    [InlineData("configmap/a/")]
    [InlineData("configmap//a")]
    [InlineData("configmap/a/b/c")]
    [InlineData("configmap/a.b/c")]
    [InlineData("configmap/-a/c")]
    [InlineData("configmap/a/*")]
    [InlineData("configmap/*/a")]
    [InlineData("configmap/../a")]
    [InlineData("configmap/a/..")]
    [InlineData("image/a/app")]
    [InlineData("configmap/.")]
    [InlineData("configmap/..")]
    [InlineData("configmap/../secrets/b")]
    [InlineData("configmap/a..b")]
    [InlineData("configmap/.a")]
    [InlineData("configmap/a.")]
    [InlineData("configmap/-a")]
    [InlineData("configmap/a-")]
    [InlineData("configmap/a.-b")]
    [InlineData("configmap/a-.b")]
    [InlineData("configmap/a%2fb")]
    [InlineData("configmap/a?x")]
    [InlineData("configmap/\0")]
    [InlineData("configmap/é")]
    [InlineData("configmap/**")]
    [InlineData("configmap/a*")]
    public void An_invalid_name_is_not_a_source(string text) => Assert.False(SourceRef.TryParse(text, out _));

    [Fact]
    public void A_name_has_253_characters_at_most()
    {
        Assert.True(SourceRef.TryParse("secret/" + new string('a', 253), out _));
        Assert.False(SourceRef.TryParse("secret/" + new string('a', 254), out _));
        Assert.True(SourceRef.TryParse($"secret/{new string('n', 63)}/{new string('a', 253)}", out _));
        Assert.False(SourceRef.TryParse($"secret/{new string('n', 64)}/a", out _));
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("500ms", 0.5)]
    [InlineData("1s", 1)]
    [InlineData(" 1s ", 1)]
    [InlineData("1.5s", 1.5)]
    [InlineData("1m30s", 90)]
    [InlineData("1h2m3s4ms", 3723.004)]
    [InlineData("24h", 86400)]
    public void A_duration_is_read(string text, double seconds)
    {
        Assert.True(Duration.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromSeconds(seconds), duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("1")]
    [InlineData("00")]
    [InlineData("s")]
    [InlineData(".s")]
    [InlineData("-1s")]
    [InlineData("+1s")]
    [InlineData("1 s")]
    [InlineData("1e3s")]
    [InlineData("1,5s")]
    [InlineData("1.2.3s")]
    [InlineData("1d")]
    [InlineData("1S")]
    [InlineData("1s2")]
    [InlineData("24h1ms")]
    [InlineData("1s1s1s1s1s")]
    [InlineData("9999999999999999s")]
    [InlineData("NaNs")]
    [InlineData("١s")]
    public void An_invalid_duration_is_rejected(string text) => Assert.False(Duration.TryParse(text, out _));

    [Fact]
    public void A_duration_of_milliseconds_reads_as_it_was_written() => Properties.ForAll(dice =>
    {
        var (minutes, seconds, milliseconds) = (dice.Next(1000), dice.Next(1000), dice.Next(10_000));
        Assert.True(Duration.TryParse(string.Create(CultureInfo.InvariantCulture, $"{minutes}m{seconds}s{milliseconds}ms"), out var duration));
        Assert.Equal(minutes * 60_000 + seconds * 1000 + milliseconds, duration.TotalMilliseconds, 3);
        _ = Duration.TryParse(dice.Text(9), out _);
    });

    [Theory]
    [InlineData("1", 1UL)]
    [InlineData("18446744073709551615", ulong.MaxValue)]
    [InlineData("18446744073709551616", 0UL)]
    [InlineData("0", 0UL)]
    [InlineData("", 0UL)]
    [InlineData(null, 0UL)]
    [InlineData("-1", 0UL)]
    [InlineData("+1", 0UL)]
    [InlineData(" 1", 0UL)]
    [InlineData("1a", 0UL)]
    [InlineData("1,000", 0UL)]
    public void A_resource_version_is_a_number_or_unknown(string? text, ulong value)
    {
        Assert.Equal(value, ResourceVersion.Parse(text).Value);
        Assert.Equal(value != 0, ResourceVersion.Parse(text).IsKnown);
    }

    [Fact]
    public void Only_known_versions_come_after_one_another() => Properties.ForAll(dice =>
    {
        var (x, y) = ((ulong)dice.Next(5), (ulong)dice.Next(5));
        Assert.Equal(x != 0 && y != 0 && x > y, new ResourceVersion(x).IsKnownAfter(new(y)));
        Assert.Equal(new(x), ResourceVersion.Parse(new ResourceVersion(x).ToString()));
    });

    [Fact]
    public void A_digest_is_32_bytes_in_and_out() => Properties.ForAll(dice =>
    {
        var bytes = SHA256.HashData(dice.Bytes(100));
        var digest = Digest.FromBytes(bytes);
        Assert.Equal(Convert.ToHexStringLower(bytes), digest.ToString());
        Assert.Equal(digest.ToString()[..16], digest.ToHex(8));
        var copy = new byte[Digest.Size];
        digest.CopyTo(copy);
        Assert.Equal(bytes, copy);
    });

    [Fact]
    public void A_digest_of_another_length_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Digest.FromBytes(new byte[31]));
        Assert.Throws<ArgumentException>(() => Digest.FromBytes(new byte[33]));
    }

    [Fact]
    public void A_key_has_32_bytes_and_an_id_that_does_not_reveal_it()
    {
        Assert.Equal("630dcd29", Make.Key.Id);
        Assert.Equal("digest key 630dcd29", Make.Key.ToString());
        Assert.Null(DigestKey.FromBytes(new byte[31]));
        Assert.Null(DigestKey.FromBytes(new byte[33]));
        Assert.Null(DigestKey.FromBytes([]));
    }

    [Fact]
    public void A_key_does_not_change_with_the_bytes_it_was_made_of()
    {
        var bytes = Make.KeyBytes.ToArray();
        var key = DigestKey.FromBytes(bytes)!;
        bytes[0] ^= 1;
        Assert.Equal(Make.Key.OfSecretValue("x"u8), key.OfSecretValue("x"u8));
    }

    [Fact]
    public void A_content_finds_the_keys_it_has_and_no_others() => Properties.ForAll(dice =>
    {
        var entries = dice.Many(20, () => new KeyDigest(dice.Text(), Make.Value((byte)dice.Next(3))));
        var content = SourceContent.Of(entries);
        var last = entries.GroupBy(e => e.Key).ToDictionary(g => g.Key, g => (Digest?)g.Last().Value);
        Assert.Equal(last.Count, content.Entries.Length);
        foreach (var key in entries.Select(e => e.Key).Append(dice.Text()).Append(""))
        {
            Assert.Equal(last.GetValueOrDefault(key), content.Find(key));
        }
    });

    [Fact]
    public void Contents_are_equal_by_their_keys_and_digests()
    {
        SourceContent One(string key, byte value) => SourceContent.Of([new(key, Make.Value(value))]);
        Assert.Equal(One("a", 1), One("a", 1));
        Assert.Equal(One("a", 1).GetHashCode(), One("a", 1).GetHashCode());
        Assert.NotEqual(One("a", 1), One("a", 2));
        Assert.NotEqual(One("a", 1), One("b", 1));
        Assert.NotEqual(One("a", 1), SourceContent.Empty);
        Assert.Same(SourceContent.Empty, SourceContent.Of([]));
        Assert.False(One("a", 1).Equals((object)"a"));
    }
}
