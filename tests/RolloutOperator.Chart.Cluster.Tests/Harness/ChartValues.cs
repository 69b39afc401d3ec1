using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;

namespace RolloutOperator.Chart.Cluster.Tests.Harness;

/// <summary>One documented value of the chart.</summary>
internal sealed record ChartValue(string Path, string Description, JsonNode? Default);

/// <summary>The values of the chart with the comments above them that begin with <c>--</c>.</summary>
internal static class ChartValues
{
    public static IReadOnlyList<ChartValue> Read()
    {
        var text = Checkout.Read("charts", "rollout-operator", "values.yaml");
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return [.. Walk((YamlMappingNode)stream.Documents[0].RootNode, "", text.Split('\n'))];
    }

    private static IEnumerable<ChartValue> Walk(YamlMappingNode map, string prefix, string[] lines)
    {
        foreach (var (key, value) in map.Children)
        {
            var path = prefix + ((YamlScalarNode)key).Value;
            var above = lines[key.Start.Line - 2].Trim();
            if (above.StartsWith("# -- ", StringComparison.Ordinal))
            {
                yield return new(path, above[5..], Json(value));
            }
            else if (value is YamlMappingNode { Children.Count: > 0 } children)
            {
                foreach (var inner in Walk(children, path + ".", lines))
                {
                    yield return inner;
                }
            }
            else
            {
                Assert.Fail($"values.yaml: {path} has no comment that begins with '# -- '");
            }
        }
    }

    private static JsonNode? Json(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(each => KeyValuePair.Create(((YamlScalarNode)each.Key).Value!, Json(each.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Json)]),
        YamlScalarNode { Style: YamlDotNet.Core.ScalarStyle.Plain } scalar when bool.TryParse(scalar.Value, out var yes) => yes,
        YamlScalarNode { Style: YamlDotNet.Core.ScalarStyle.Plain } scalar when long.TryParse(scalar.Value, out var number) => number,
        _ => ((YamlScalarNode)node).Value,
    };
}
