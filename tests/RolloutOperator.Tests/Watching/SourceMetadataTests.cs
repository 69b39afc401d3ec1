using System.Text;
using System.Text.Json;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;
using RolloutOperator.Watching;
using static RolloutOperator.Tests.Samples;

namespace RolloutOperator.Tests.Watching;

public class SourceMetadataTests
{
    private readonly ReferencedNames _interest = new();

    public SourceMetadataTests() => _interest.Add("greeting");

    [Theory]
    [InlineData("""{"metadata":{"name":"greeting","namespace":"shop","resourceVersion":"12"}}""")]
    [InlineData("""{"kind":"PartialObjectMetadata","metadata":{"resourceVersion":"12","labels":{"name":"other"},"namespace":"shop","managedFields":[{"name":"x"}],"name":"greeting"},"apiVersion":"v1"}""")]
    [InlineData("""{"data":{"metadata":{"name":"other"}},"metadata":{"namespace":"shop","name":"greeting","resourceVersion":"12"},"metadata2":{"name":"other"}}""")]
    [InlineData("""{"meta\u0064ata":{"n\u0061me":"gr\u0065eting","namespace":"sh\u006fp","resourceVersion":"\u00312"}}""")]
    public void A_source_of_interest_is_heard_in_whatever_order_and_spelling(string json) =>
        Assert.Equal(new SourceMetadata(Config("greeting"), new(12)), Read(json));

    [Fact]
    public void The_kind_is_the_one_that_is_listened_to() =>
        Assert.Equal(Secret("greeting"), Read("""{"metadata":{"name":"greeting","namespace":"shop"}}""", SourceKind.Secret).Source);

    [Theory]
    [InlineData("""{"metadata":{"name":"other","namespace":"shop","resourceVersion":"12"}}""")]
    [InlineData("""{"metadata":{"name":"greetings","namespace":"shop","resourceVersion":"12"}}""")]
    [InlineData("""{"metadata":{"name":"GREETING","namespace":"shop","resourceVersion":"12"}}""")]
    [InlineData("""{"metadata":{"name":{"name":"greeting"},"resourceVersion":"12"}}""")]
    [InlineData("""{"metadata":{"name":["greeting"],"resourceVersion":"12"}}""")]
    [InlineData("""{"metadata":{"name":null,"resourceVersion":"12"}}""")]
    [InlineData("""{"metadata":{"resourceVersion":"12"}}""")]
    public void Anything_else_is_no_source_and_its_version_counts_all_the_same(string json) =>
        Assert.Equal(new SourceMetadata(null, new(12)), Read(json));

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"metadata":null}""")]
    [InlineData("""{"metadata":"greeting"}""")]
    [InlineData("""{"metadata":[{"name":"greeting"}]}""")]
    [InlineData("""{"metadata":{}}""")]
    public void Without_metadata_there_is_neither_source_nor_version(string json) =>
        Assert.Equal(new SourceMetadata(null, ResourceVersion.Unknown), Read(json));

    [Theory]
    [InlineData("\"abc\"")]
    [InlineData("12")]
    [InlineData("\"184467440737095516150\"")]
    [InlineData("\"\"")]
    [InlineData("{}")]
    public void A_version_that_is_no_number_is_unknown(string version) =>
        Assert.Equal(
            new SourceMetadata(Config("greeting"), ResourceVersion.Unknown),
            Read($$$"""{"metadata":{"name":"greeting","namespace":"shop","resourceVersion":{{{version}}}}}"""));

    [Theory]
    [InlineData(253, true)]
    [InlineData(254, false)]
    [InlineData(5_000, false)]
    public void A_name_that_is_too_long_is_not_referenced(int length, bool heard)
    {
        var name = new string('a', length);
        _interest.Add(name);
        var read = Read($$$"""{"metadata":{"name":"{{{name}}}","namespace":"shop","resourceVersion":"12"}}""");
        Assert.Equal(heard ? Config(name) : null, read.Source);
        Assert.Equal(new(12), read.Version);
    }

    [Trait("Invariant", "I12")]
    [Fact]
    public void A_name_that_is_not_referenced_costs_no_memory()
    {
        byte[] json = Encoding.UTF8.GetBytes(
            """{"kind":"PartialObjectMetadata","metadata":{"name":"other","namespace":"shop","resourceVersion":"12","labels":{"a":"b"}}}""");
        Listen(json);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int time = 0; time < 1_000; time++)
        {
            Listen(json);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private SourceMetadata Read(string json, SourceKind kind = SourceKind.ConfigMap) => Listen(Encoding.UTF8.GetBytes(json), kind);

    private SourceMetadata Listen(byte[] json, SourceKind kind = SourceKind.ConfigMap)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        var heard = SourceMetadata.Read(ref reader, kind, _interest);
        Assert.True(reader is { TokenType: JsonTokenType.EndObject, CurrentDepth: 0 });
        return heard;
    }
}
