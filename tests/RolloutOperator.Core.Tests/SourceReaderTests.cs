using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Tests;

public sealed class SourceReaderTests
{
    [Theory]
    [InlineData("{}", IgnoreMark.None)]
    [InlineData("""{"labels":null,"annotations":null}""", IgnoreMark.None)]
    [InlineData("""{"annotations":{"rollout-operator.io/ignore":"true"}}""", IgnoreMark.Ignored)]
    [InlineData("""{"labels":{"rollout-operator.io/ignore":"true","a":"b"}}""", IgnoreMark.Ignored)]
    [InlineData("""{"labels":{"rollout-operator.io/ignore":"true"},"annotations":{"rollout-operator.io/ignore":"no"}}""", IgnoreMark.Ignored)]
    [InlineData("""{"labels":{"rollout-operator.io/ignore":"false"}}""", IgnoreMark.None)]
    [InlineData("""{"labels":{"rollout-operator.io/ignore":"yes"}}""", IgnoreMark.Invalid)]
    [InlineData("""{"annotations":{"rollout-operator.io/ignore":""}}""", IgnoreMark.Invalid)]
    [InlineData("""{"annotations":{"rollout-operator.io/ignore":{"a":[1]}}}""", IgnoreMark.Invalid)]
    public void A_mark_is_read_from_labels_and_annotations(string metadata, IgnoreMark mark)
    {
        foreach (var kind in new[] { SourceKind.ConfigMap, SourceKind.Secret, SourceKind.ServiceAccount })
        {
            Assert.Equal(mark, Make.Read(kind, $$"""{"metadata":{{metadata}},"data":{"k":"YQ=="} }""").Mark);
        }
    }

    [Fact]
    public void A_service_account_is_its_annotations_but_for_those_of_tools()
    {
        const string Role = "\"eks.amazonaws.com/role-arn\":\"arn:aws:iam::000000000000:role/one\",\"plain\":null";
        var reading = Make.Read(SourceKind.ServiceAccount, $$$"""
            {"metadata":{"resourceVersion":"7","labels":{"a":"b"},"annotations":{ {{{Role}}},"kubectl.kubernetes.io/last-applied-configuration":"{}",
             "meta.helm.sh/release-name":"a","helm.sh/resource-policy":"keep","argocd.argoproj.io/tracking-id":"a","kustomize.toolkit.fluxcd.io/name":"a",
             "objectset.rio.cattle.io/id":"a","openshift.io/internal-registry-pull-secret-ref":"a","rollout-operator.io/ignore":"false"} },
             "secrets":[{"name":"token"}],"imagePullSecrets":[{"name":"pull"}],"data":{"x":"y"},"automountServiceAccountToken":true}
            """);
        Assert.Equal(new ResourceVersion(7), reading.Version);
        Assert.Equal(["eks.amazonaws.com/role-arn", "plain"], reading.Content.Entries.Select(entry => entry.Key));
        Assert.Equal(reading.Content, Make.Read(SourceKind.ServiceAccount, $$$"""{"metadata":{"annotations":{ {{{Role}}} } } }""").Content);
        Assert.NotEqual(reading.Content, Make.Read(SourceKind.ServiceAccount, """{"metadata":{"annotations":{"eks.amazonaws.com/role-arn":"two","plain":""}}}""").Content);
    }

    [Theory]
    [InlineData("nothelm.sh/a")]
    [InlineData("eks.amazonaws.com/role-arn")]
    [InlineData("helm.sh")]
    [InlineData("example.com/helm.sh/a")]
    public void An_annotation_that_only_looks_like_one_of_tools_counts(string name) =>
        Assert.Equal(name, Assert.Single(Make.Read(SourceKind.ServiceAccount, $$$"""{"metadata":{"annotations":{"{{{name}}}":"a"} } }""").Content.Entries).Key);

    [Fact]
    public void The_reader_reads_what_a_naive_reading_reads() => Properties.ForAll(dice =>
    {
        var kind = dice.Of(SourceKind.ConfigMap, SourceKind.Secret);
        var json = Encoding.UTF8.GetBytes(RandomObject(dice, kind));
        var naive = Naively(kind, json);
        Assert.Equal(naive, Make.Read(kind, json) with { Keyed = [] });
        Assert.Equal(naive, ReadInPieces(kind, json, 1 + dice.Next(40)) with { Keyed = [] });
    });

    [Theory]
    [InlineData(SourceKind.ConfigMap)]
    [InlineData(SourceKind.Secret)]
    public void A_value_of_a_mebibyte_is_read(SourceKind kind)
    {
        var value = string.Concat(Enumerable.Repeat("0123456789abcdé\n", 64 * 1024));
        var text = kind == SourceKind.Secret ? Convert.ToBase64String(Encoding.UTF8.GetBytes(value)) : value;
        var json = JsonSerializer.SerializeToUtf8Bytes(new { data = new { big = text } });
        Assert.Equal(Naively(kind, json), Make.Read(kind, json) with { Keyed = [] });
        Assert.Equal(Naively(kind, json), ReadInPieces(kind, json, 4096) with { Keyed = [] });
    }

    [Fact]
    public void Ten_thousand_keys_are_read()
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(new { data = Enumerable.Range(0, 10_000).ToDictionary(i => $"key-{i}", i => $"value {i}") });
        var reading = Make.Read(SourceKind.ConfigMap, json);
        Assert.Equal(10_000, reading.Content.Entries.Length);
        Assert.Equal(Naively(SourceKind.ConfigMap, json), reading);
    }

    [Theory]
    [InlineData("{}", 0)]
    [InlineData("""{"data":null,"binaryData":null,"metadata":null}""", 0)]
    [InlineData("""{"data":{},"binaryData":{}}""", 0)]
    [InlineData("""{"data":{"a":""},"binaryData":{"b":""}}""", 2)]
    [InlineData("""{"data":{"a":null}}""", 1)]
    [InlineData("""{"metadata":{"data":{"x":"y"},"annotations":{"data":"z"}},"data":{"a":"b"}}""", 1)]
    public void Sparse_objects_are_read(string json, int keys) =>
        Assert.Equal(keys, Make.Read(SourceKind.ConfigMap, json).Content.Entries.Length);

    [Fact]
    public void A_key_has_one_digest_whether_its_value_is_text_or_the_same_bytes_in_base64()
    {
        var (text, binary) = (Make.Read(SourceKind.ConfigMap, """{"data":{"a":"hé"}}""").Content, Make.Read(SourceKind.ConfigMap, """{"binaryData":{"a":"aMOp"}}""").Content);

        Assert.Equal(text.Find("a"), binary.Find("a"));
        Assert.False(text.Entry("a")!.Value.IsBinary);
        Assert.True(binary.Entry("a")!.Value.IsBinary);
        Assert.NotEqual(text, binary);
    }

    [Fact]
    public void The_values_of_Secrets_are_not_binary_though_they_are_written_in_base64() =>
        Assert.False(Make.Read(SourceKind.Secret, """{"data":{"a":"aMOp"}}""").Content.Entry("a")!.Value.IsBinary);

    [Fact]
    public void Values_of_secrets_are_digested_under_the_key()
    {
        var content = Make.Read(SourceKind.Secret, """{"data":{"a":"aMOp"}}""").Content;
        Assert.Equal(Digest.FromBytes(HMACSHA256.HashData(Make.KeyBytes, "hé"u8)), content.Find("a"));
        Assert.Equal(Digest.FromBytes(SHA256.HashData("hé"u8)), Make.Read(SourceKind.ConfigMap, """{"data":{"a":"hé"}}""").Content.Find("a"));
    }

    [Fact]
    public void The_binaryData_of_a_Secret_is_ignored() =>
        Assert.Equal(SourceContent.Empty, Make.Read(SourceKind.Secret, """{"binaryData":{"a":"aMOp"},"stringData":{"b":"x"}}""").Content);

    [Theory]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("null")]
    [InlineData("""{"data":[]}""")]
    [InlineData("""{"data":"x","kind":"ConfigMap"}""")]
    [InlineData("""{"data":7}""")]
    [InlineData("""{"data":{"a":1}}""")]
    [InlineData("""{"data":{"a":{"b":"c"}}}""")]
    [InlineData("""{"data":{"a":"\ud800"}}""")]
    [InlineData("""{"binaryData":{"a":"not base64"}}""")]
    [InlineData("""{"binaryData":{"a":"aGk"}}""")]
    [InlineData("""{"metadata":"x","data":{"a":"b"}}""")]
    [InlineData("""{"data":{"a":"b"}""")]
    [InlineData("""{"data":{"a":"b" """)]
    public void Another_object_is_rejected_and_not_read_in_part(string json)
    {
        foreach (var whole in new[] { true, false })
        {
            Assert.ThrowsAny<JsonException>(() =>
            {
                var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json), whole, default);
                reader.Read();
                new SourceReader(new([Make.Key])).Read(ref reader, SourceKind.ConfigMap);
            });
        }
    }

    private static SourceReading Naively(SourceKind kind, byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        var values = new Dictionary<string, (byte[] Bytes, bool IsBinary)>();
        var version = 0UL;
        foreach (var member in document.RootElement.EnumerateObject())
        {
            if (member.Name == "metadata" && member.Value.ValueKind == JsonValueKind.Object && member.Value.TryGetProperty("resourceVersion", out var written))
            {
                version = ulong.TryParse(written.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
            }

            var isData = member.Name == "data";
            if ((isData || (kind == SourceKind.ConfigMap && member.Name == "binaryData")) && member.Value.ValueKind == JsonValueKind.Object)
            {
                foreach (var entry in member.Value.EnumerateObject())
                {
                    var text = entry.Value.GetString() ?? "";
                    values[entry.Name] = (isData && kind == SourceKind.ConfigMap ? Encoding.UTF8.GetBytes(text) : Convert.FromBase64String(text), !isData);
                }
            }
        }

        return new(new(version), SourceContent.Of(values.Select(v => new KeyDigest(
            v.Key,
            Digest.FromBytes(kind == SourceKind.Secret ? HMACSHA256.HashData(Make.KeyBytes, v.Value.Bytes) : SHA256.HashData(v.Value.Bytes)))
        {
            IsBinary = v.Value.IsBinary,
        })));
    }

    // As the answer of the API comes from the network: in segments.
    private static SourceReading ReadInPieces(SourceKind kind, byte[] json, int size)
    {
        var first = new Piece(json.AsMemory(0, Math.Min(size, json.Length)), null);
        var last = first;
        for (var at = size; at < json.Length; at += size)
        {
            last = new(json.AsMemory(at, Math.Min(size, json.Length - at)), last);
        }

        var reader = new Utf8JsonReader(new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length));
        reader.Read();
        return new SourceReader(new([Make.Key])).Read(ref reader, kind);
    }

    private static string RandomObject(Dice dice, SourceKind kind)
    {
        string[] members =
        [
            """ "kind":"x" """,
            """ "immutable":true """,
            """ "metadata":{"annotations":{"data":"x"},"resourceVersion":VERSION,"managedFields":[{"data":{}}]} """
                .Replace("VERSION", dice.Of("\"17\"", "\"abc\"", "\"0\"", "\"\""), StringComparison.Ordinal),
            $""" "data":{Entries(dice, base64: kind == SourceKind.Secret)} """,
            $""" "binaryData":{Entries(dice, base64: true)} """,
        ];
        return "{" + string.Join(",", dice.Shuffled(members).Take(dice.Next(members.Length + 1))) + "}";
    }

    private static string Entries(Dice dice, bool base64) => dice.OneIn(8) ? "null" : "{" + string.Join(",", dice.Many(5, () =>
        $"{Quoted(dice, dice.Text())}:{(dice.OneIn(9) ? "null" : Quoted(dice, base64 ? Convert.ToBase64String(dice.Bytes(70)) : dice.Text(9)))}")) + "}";

    // Any character may be written as itself or as an escape.
    private static string Quoted(Dice dice, string text)
    {
        var quoted = new StringBuilder("\"");
        var escapes = dice.OneIn(3);
        foreach (var c in text)
        {
            _ = (c < ' ' || c is '"' or '\\' || (escapes && dice.OneIn(3)) || (escapes && char.IsSurrogate(c)))
                ? quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}")
                : quoted.Append(c);
        }

        return quoted.Append('"').ToString();
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, Piece? before)
        {
            Memory = memory;
            if (before is not null)
            {
                RunningIndex = before.RunningIndex + before.Memory.Length;
                before.Next = this;
            }
        }
    }
}
