using System.Text.Json.Nodes;
using RolloutOperator.Cli.Manifests;

namespace RolloutOperator.Cli.Tests;

/// <summary>YAML as kubectl 1.32 reads it: what is expected here, it printed.</summary>
public sealed class YamlTests
{
    [Theory]
    [InlineData("[yes, no, y, n, on, Off, True, null, ~]", "[true,false,true,false,true,false,true,null,null]")]
    [InlineData("[0644, 0x1F, 1_000, 0o17, 0b11, -0x1F, +0b1, 0_7, 09, 08.5]", "[420,31,1000,15,3,-31,1,7,9,8.5]")]
    [InlineData("[1e3, 1.50, .5, 1., +1, -0, 1e+3, 1.e3, -.5, 123456789.5]", "[1000,1.5,0.5,1,1,0,1000,1000,-0.5,123456789.5]")]
    [InlineData("[2001-01-01, 1:30, 1e400, 0o8, 0b2, _1, e3, .e3, Infinity, nan]", """["2001-01-01","1:30","1e400","0o8","0b2","_1","e3",".e3","Infinity","nan"]""")]
    [InlineData("""["yes", 'no', "1", '']""", """["yes","no","1",""]""")]
    [InlineData("[!!str 12, !!int \"12\", !foo bar, !!binary aGk=]", """["12",12,"bar","hi"]""")]
    [InlineData("{yes: 1, 1: 2, 1.5: 3, 0x10: 4, 2001-01-01: 5}", """{"true":1,"1":2,"1.5":3,"16":4,"2001-01-01":5}""")]
    [InlineData("{a: 1, a: 2}", """{"a":2}""")]
    [InlineData("[&b {p: 1, q: 2}, {<<: *b, q: 3}, {<<: [{p: 7}, {p: 8, r: 9}]}, {p: 4, <<: *b}]", """[{"p":1,"q":2},{"p":1,"q":3},{"p":7,"r":9},{"p":1,"q":2}]""")]
    [InlineData("|\n  a\n    b\n", "\"a\\n  b\\n\"")]
    [InlineData(">-\n  a\n  b\n", "\"a b\"")]
    public void Scalars_and_merges_are_what_kubectl_reads(string yaml, string json) =>
        Assert.Equal(JsonNode.Parse(json)!.ToJsonString(), Assert.Single(YamlDocuments.Read(yaml)).Root!.ToJsonString());

    [Theory]
    [InlineData("{null: 2}", 1)]
    [InlineData("a: .inf", 1)]
    [InlineData("{[1]: 2}", 1)]
    [InlineData("a: 1\nb: !!int canary", 2)]
    [InlineData("a: 1\nb: *canary", 2)]
    [InlineData("a: \"canary\n", 1)]
    [InlineData("a: canary\n\tb: 1", 1)]
    [InlineData("a: 1\n<<: canary", 2)]
    [InlineData("a: !canary!x 1", 1)]
    public void What_is_no_JSON_is_refused_with_its_line_and_without_values(string yaml, int line)
    {
        var refused = Assert.Throws<ManifestException>(() => YamlDocuments.Read(yaml));
        Assert.Equal((1, line), (refused.Document, (int)refused.Line));
        Assert.DoesNotContain("canary", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Aliases_of_aliases_do_not_fill_the_memory()
    {
        var lines = Enumerable.Range(1, 12).Select(i => $"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 10))}]").Prepend("a0: &a0 [x]");
        Assert.Contains("repeat too much", Assert.Throws<ManifestException>(() => YamlDocuments.Read(string.Join('\n', lines))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_few_aliases_of_a_long_text_do_not_fill_the_memory()
    {
        var yaml = $"a: &a {new string('x', 1 << 20)}\nb: [{string.Join(',', Enumerable.Repeat("*a", 20))}]";
        Assert.Contains("repeat too much", Assert.Throws<ManifestException>(() => YamlDocuments.Read(yaml)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_does_not_end_the_process() =>
        Assert.Contains("deep", Assert.Throws<ManifestException>(() => YamlDocuments.Read(new string('[', 100_000))).Message, StringComparison.Ordinal);

    [Fact]
    public void Empty_documents_count_and_comments_do_not_matter() => Assert.Equal(
        [(1, "{\"a\":1}"), (2, null), (3, "{\"b\":2}")],
        YamlDocuments.Read("---\n# Source: chart/templates/a.yaml\na: 1\n---\n# nothing\n---\nb: 2\n").Select(document => (document.Number, document.Root?.ToJsonString())));
}
