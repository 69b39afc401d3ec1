using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using RolloutOperator.Chart.Cluster.Tests.Harness;

namespace RolloutOperator.Chart.Cluster.Tests;

/// <summary>README.md and values.schema.json say what values.yaml says. <c>make chart-docs</c> writes them anew.</summary>
public sealed class DocumentsTests
{
    private const string Begin = "<!-- values: made from values.yaml by `make chart-docs` -->\n";
    private const string End = "<!-- end of values -->\n";

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true };
    private static readonly JsonSerializerOptions Short = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void The_README_has_every_value_with_its_comment_and_default()
    {
        var rows = ChartValues.Read().Select(value =>
            $"| `{value.Path}` | {value.Description} | `{(value.Default?.ToJsonString(Short) ?? "null").Replace("|", "\\|", StringComparison.Ordinal)}` |\n");
        Holds("README.md", old =>
        {
            var (begin, end) = (old.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, old.IndexOf(End, StringComparison.Ordinal));
            return old[..begin] + "| value | meaning | default |\n|---|---|---|\n" + string.Concat(rows) + old[end..];
        });
    }

    [Fact]
    public void The_schema_describes_every_value_as_its_comment_does() =>
        Holds("values.schema.json", old =>
        {
            var schema = JsonNode.Parse(old)!;
            foreach (var value in ChartValues.Read())
            {
                var property = schema;
                foreach (var part in value.Path.Split('.'))
                {
                    property = property["properties"]?[part] ?? throw new InvalidOperationException($"values.schema.json does not know {value.Path}");
                }

                property["description"] = value.Description;
            }

            return schema.ToJsonString(Plain) + "\n";
        });

    [Fact]
    public void The_schema_knows_no_value_that_there_is_not()
    {
        var known = ChartValues.Read().Select(value => value.Path).ToHashSet();
        var schema = JsonNode.Parse(Checkout.Read("charts", "rollout-operator", "values.schema.json"))!;
        Assert.DoesNotContain(Leaves(schema, ""), path => !known.Contains(path));

        // What is undocumented at one level is closed there, so that a misspelt name is refused.
        IEnumerable<string> Leaves(JsonNode node, string prefix) => node["properties"]!.AsObject().SelectMany(property =>
        {
            var path = prefix + property.Key;
            if (known.Contains(path) || property.Value!["properties"] is null)
            {
                return [path];
            }

            // A parent chart shares its globals with all of its parts.
            Assert.False(path != "global" && (property.Value["additionalProperties"]?.GetValue<bool>() ?? true), $"{path} allows properties that nobody knows");
            return Leaves(property.Value, path + ".");
        });
    }

    private static void Holds(string file, Func<string, string> expected)
    {
        var path = Path.Combine(Checkout.Chart, file);
        var old = File.ReadAllText(path);
        var now = expected(old);
        if (Environment.GetEnvironmentVariable("ROLLOUT_OPERATOR_WRITE_DOCUMENTS") == "1")
        {
            File.WriteAllText(path, now);
        }
        else
        {
            Assert.True(old == now, $"{file} does not say what values.yaml says; run 'make chart-docs'");
        }
    }
}
