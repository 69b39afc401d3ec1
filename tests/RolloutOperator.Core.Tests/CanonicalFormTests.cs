using System.Buffers.Binary;
using System.Text;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Tests;

public sealed class CanonicalFormTests
{
    private const string Version = "rollout-operator/v1\0";

    [Fact]
    public void The_form_of_a_source_can_be_decoded_so_no_two_sources_share_one() => Properties.ForAll(dice =>
    {
        var (use, content) = Source(dice);
        var selected = use.AllKeys
            ? content.Entries.Select(e => (e.Key, (Digest?)e.Value))
            : use.Keys.Select(key => (key, content.Find(key)));
        Assert.Equal(selected, Decode(CanonicalForm.OfSource(use, content)));
    });

    [Fact]
    public void The_form_of_a_workload_can_be_decoded_so_no_two_workloads_share_one() => Properties.ForAll(dice =>
    {
        var sources = Sources(dice);
        Assert.Equal(
            sources.Select(s => (s.Source.ToString(), s.Digest)).OrderBy(s => Encoding.UTF8.GetBytes(s.Item1), Bytes),
            Decode(CanonicalForm.OfWorkload(sources)));
    });

    [Fact]
    public void Different_sources_have_different_forms_however_their_keys_are_cut() => Properties.ForAll(dice =>
    {
        // Two keys made of the same text, cut at two places: what a form with separators would confuse.
        var text = dice.Text() + "x" + dice.Text() + "y";
        var (one, other) = (dice.Next(text.Length), dice.Next(text.Length));
        var forms = new[] { one, other }.Select(cut =>
        {
            string[] keys = [Whole(text[..cut]), Whole(text[cut..])];
            var content = SourceContent.Of(keys.Where(_ => dice.OneIn(2)).Select(key => new KeyDigest(key, Make.Value(0))));
            var use = Make.Use(new(SourceKind.ConfigMap, "a"), keys.Distinct());
            return (Keys: string.Join('|', use.Keys.Select(k => k + (content.Find(k) is null ? "-" : "+"))), Form: Convert.ToHexString(CanonicalForm.OfSource(use, content)));
        }).ToArray();
        Assert.Equal(forms[0].Keys == forms[1].Keys, forms[0].Form == forms[1].Form);
    });

    [Trait("Invariant", "I16")]
    [Fact]
    public void The_order_in_which_keys_and_sources_come_does_not_matter() => Properties.ForAll(dice =>
    {
        var entries = dice.Many(6, () => new KeyDigest(dice.Text(), Make.Value((byte)dice.Next(3)))).DistinctBy(e => e.Key).ToArray();
        var (content, shuffled) = (SourceContent.Of(entries), SourceContent.Of(dice.Shuffled(entries)));
        Assert.Equal(content, shuffled);
        var all = SourceUse.Everything(new(SourceKind.Secret, "a"));
        Assert.Equal(CanonicalForm.OfSource(all, content), CanonicalForm.OfSource(all, shuffled));
        var sources = Sources(dice);
        Assert.Equal(SourceDigest.Checksum(sources), SourceDigest.Checksum(dice.Shuffled(sources)));
    });

    [Fact]
    public void A_source_counts_only_with_the_keys_that_are_used() => Properties.ForAll(dice =>
    {
        var (use, content) = Source(dice);
        if (!use.AllKeys)
        {
            var more = SourceContent.Of([.. content.Entries, .. dice.Many(3, () => new KeyDigest("unused" + dice.Text(), Make.Value(9)))]);
            Assert.Equal(SourceDigest.Of(use, content), SourceDigest.Of(use, more));
        }
    });

    [Fact]
    public void The_form_of_an_image_is_the_version_and_the_text_of_the_digest() =>
        Assert.Equal(Version + "sha256:abc", Encoding.UTF8.GetString(CanonicalForm.OfImage("sha256:abc")));

    [Fact]
    public void The_canonical_form_matches_its_definition_byte_by_byte()
    {
        var content = SourceContent.Of([new("b", Make.Value(1))]);
        var form = CanonicalForm.OfSource(Make.Use(new(SourceKind.ConfigMap, "x"), ["b", "aé"]), content);
        byte[] expected =
        [
            .. Encoding.UTF8.GetBytes(Version),
            0, 0, 0, 3, .. "aé"u8, 0,
            0, 0, 0, 1, .. "b"u8, 1, .. Convert.FromHexString("4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a"),
        ];
        Assert.Equal(expected, form);
    }

    [Fact]
    public void An_absent_source_is_not_an_empty_one()
    {
        var use = SourceUse.Everything(new(SourceKind.ConfigMap, "a"));
        Assert.Null(SourceDigest.Of(use, null).ToLedger());
        Assert.NotNull(SourceDigest.Of(use, SourceContent.Empty).ToLedger());
        Assert.NotEqual(SourceDigest.Checksum([SourceDigest.Of(use, null)]), SourceDigest.Checksum([SourceDigest.Of(use, SourceContent.Empty)]));
        Assert.NotEqual(SourceDigest.Checksum([SourceDigest.Of(use, null)]), SourceDigest.Checksum([]));
    }

    private static Comparer<byte[]> Bytes { get; } = Comparer<byte[]>.Create((x, y) => x.AsSpan().SequenceCompareTo(y));

    private static (SourceUse Use, SourceContent Content) Source(Dice dice)
    {
        var content = SourceContent.Of(dice.Many(6, () => new KeyDigest(dice.Text(), Make.Value((byte)dice.Next(3)))));
        var source = new SourceRef(SourceKind.ConfigMap, "a");
        var keys = dice.Many(4, () => dice.Text()).Concat(content.Entries.Select(e => e.Key).Where(_ => dice.OneIn(2))).Distinct();
        return (dice.OneIn(2) ? SourceUse.Everything(source) : Make.Use(source, keys), content);
    }

    private static SourceDigest[] Sources(Dice dice) =>
        [.. dice.Many(6, () => new SourceDigest(
                new(dice.Of(SourceKind.ConfigMap, SourceKind.Secret, SourceKind.Image), dice.Text()),
                dice.OneIn(3) ? null : Make.Value((byte)dice.Next(3))))
            .DistinctBy(s => s.Source)];

    private static List<(string Name, Digest? Digest)> Decode(ReadOnlySpan<byte> form)
    {
        Assert.Equal(Version, Encoding.UTF8.GetString(form[..20]));
        var rest = form[20..];
        var decoded = new List<(string, Digest?)>();
        while (rest.Length > 0)
        {
            var length = (int)BinaryPrimitives.ReadUInt32BigEndian(rest);
            var name = Encoding.UTF8.GetString(rest.Slice(4, length));
            var here = rest[4 + length] switch { 0 => false, 1 => true, _ => throw new InvalidDataException() };
            rest = rest[(5 + length)..];
            decoded.Add((name, here ? Digest.FromBytes(rest[..Digest.Size]) : null));
            rest = here ? rest[Digest.Size..] : rest;
        }

        return decoded;
    }

    // A cut through a surrogate pair leaves halves that no key can have.
    private static string Whole(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
