using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Tests.Hosting;
using RolloutOperator.Watching;

namespace RolloutOperator.Tests.Watching;

public sealed class DigestKeySecretBodyTests
{
    private static readonly DigestKey[] Some = [.. Enumerable.Range(1, 4).Select(i => DigestKey.FromBytes(Bytes(i))!)];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void What_is_written_is_read(int count)
    {
        var keys = new DigestKeys([.. Some.Take(count)]);
        Assert.Equal(keys, Read(Encoding.UTF8.GetString(DigestKeySecretBody.New(keys))));
        var patch = JsonNode.Parse(DigestKeySecretBody.Patch(keys, "41"))!;
        Assert.Equal("41", (string?)patch["metadata"]!["resourceVersion"]);
        Assert.Equal(keys, Read(patch.ToJsonString()) ?? Read(patch.ToJsonString().Replace(",\"previous\":null", "", StringComparison.Ordinal)));
    }

    // Which a watch takes for a response that cannot be used; any other exception would end the program.
    [Theory]
    [InlineData("{}")]
    [InlineData("""{"metadata":[]}""")]
    [InlineData("""{"metadata":{}}""")]
    [InlineData("""{"metadata":{"resourceVersion":7}}""")]
    public void An_object_without_a_version_is_of_no_expected_form(string body) => Assert.Throws<FormatException>(() =>
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(body));
        return DigestKeySecretBody.ReadWithVersion(ref reader);
    });

    [Fact]
    public void A_new_Secret_has_a_name_and_a_patch_of_one_key_takes_away_the_earlier_ones()
    {
        var keys = new DigestKeys([Some[0]]);
        var secret = JsonNode.Parse(DigestKeySecretBody.New(keys))!;
        Assert.Equal(
            ("v1", "Secret", "Opaque", DigestKeySecretBody.Name),
            ((string?)secret["apiVersion"], (string?)secret["kind"], (string?)secret["type"], (string?)secret["metadata"]!["name"]));
        Assert.False(secret["data"]!.AsObject().ContainsKey("previous"));
        var data = JsonNode.Parse(DigestKeySecretBody.Patch(keys, "41"))!["data"]!.AsObject();
        Assert.True(data.ContainsKey("previous"));
        Assert.Null(data["previous"]);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"data\":null}")]
    [InlineData("{\"data\":[]}")]
    [InlineData("{\"data\":{}}")]
    [InlineData("{\"data\":{\"key\":null}}")]
    [InlineData("{\"data\":{\"key\":7}}")]
    [InlineData("{\"data\":{\"key\":\"no base64!\"}}")]
    [InlineData("{\"data\":{\"key\":\"c2hvcnQ=\"}}")]
    [InlineData("{\"data\":{\"key\":\"KEY\",\"previous\":\"c2hvcnQ=\"}}")]
    [InlineData("{\"data\":{\"key\":\"KEY\",\"previous\":null}}")]
    [InlineData("{\"data\":{\"previous\":\"KEY\"}}")]
    public void What_holds_no_keys_gives_none(string secret) =>
        Assert.Null(Read(secret.Replace("KEY", Convert.ToBase64String(Bytes(1)), StringComparison.Ordinal)));

    private static byte[] Bytes(int seed) => [.. Enumerable.Range(0, DigestKey.Size).Select(i => (byte)(i * seed))];

    private static DigestKeys? Read(string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        Assert.True(reader.Read());
        return DigestKeySecretBody.Read(ref reader);
    }
}
