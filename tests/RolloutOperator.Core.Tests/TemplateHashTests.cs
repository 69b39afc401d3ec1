using System.Text.Json;
using System.Text.Json.Nodes;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Tests;

public sealed class TemplateHashTests
{
    [Fact]
    public void The_order_of_members_does_not_matter() => Properties.ForAll(dice =>
    {
        var template = Template(dice);
        var shuffled = Shuffle(dice, template)!;
        Assert.Equal(Hashes(template), Hashes(shuffled));
    });

    [Fact]
    public void The_operators_annotations_count_for_the_whole_and_not_for_the_others() => Properties.ForAll(dice =>
    {
        var template = Template(dice);
        var before = Hashes(template);
        if (template["metadata"] is not JsonObject metadata)
        {
            template["metadata"] = metadata = [];
        }

        if (metadata["annotations"] is not JsonObject annotations)
        {
            metadata["annotations"] = annotations = [];
        }

        if (dice.OneIn(2))
        {
            annotations[Names.Checksum] = "00";
        }

        annotations[Names.Rollout] = "1";
        var after = Hashes(template);
        Assert.NotEqual(before.Whole, after.Whole);
        Assert.Equal(before.Others, after.Others);
    });

    [Fact]
    public void Every_other_value_counts_for_both() => Properties.ForAll(dice =>
    {
        var template = Template(dice);
        var before = Hashes(template);
        var objects = new List<JsonObject>();
        Collect(template, objects);
        dice.Of([.. objects])[dice.Of("annotations ", "other", Names.Prefix + "x")] = dice.OneIn(2) ? 1 : new JsonArray();
        var after = Hashes(template);
        Assert.NotEqual(before.Whole, after.Whole);
        Assert.NotEqual(before.Others, after.Others);
    });

    [Theory]
    [InlineData("""{"spec":{"a":1}}""", """{"metadata":null,"spec":{"a":1,"b":null}}""")]
    [InlineData("""{"spec":{}}""", """{"metadata":{},"spec":{}}""")]
    [InlineData("""{"spec":{}}""", """{"metadata":{"creationTimestamp":null},"spec":{}}""")]
    [InlineData("""{"spec":{}}""", """{"metadata":{"annotations":{}},"spec":{}}""")]
    [InlineData("""{"metadata":{"labels":{"a":"b"}}}""", """{"metadata":{"annotations":null,"labels":{"a":"b"},"creationTimestamp":null}}""")]
    [InlineData("""{"spec":"é"}""", """{"spec":"\u00e9"}""")]
    public void Two_ways_to_write_a_template_have_one_hash(string one, string other) =>
        Assert.Equal(Hashes(JsonNode.Parse(one)!), Hashes(JsonNode.Parse(other)!));

    [Theory]
    [InlineData("""{"spec":{}}""", """{"spec":{"emptyDir":{}}}""")]
    [InlineData("""{"spec":[1,2]}""", """{"spec":[2,1]}""")]
    [InlineData("""{"spec":[1]}""", """{"spec":[1,null]}""")]
    [InlineData("""{"spec":"1"}""", """{"spec":1}""")]
    [InlineData("""{"spec":{"metadata":{}}}""", """{"spec":{}}""")]
    [InlineData("""{"spec":{"annotations":{"rollout-operator.io/rollout":"1"}}}""", """{"spec":{"annotations":{}}}""")]
    [InlineData("""{"metadata":{"labels":{"rollout-operator.io/rollout":"1"}}}""", """{"metadata":{"labels":{}}}""")]
    [InlineData("""{"spec":{"a":"b","c":"d"}}""", """{"spec":{"a":"b\",\"c\":\"d"}}""")]
    public void Two_templates_have_two_hashes(string one, string other)
    {
        Assert.NotEqual(Hashes(JsonNode.Parse(one)!).Whole, Hashes(JsonNode.Parse(other)!).Whole);
        Assert.NotEqual(Hashes(JsonNode.Parse(one)!).Others, Hashes(JsonNode.Parse(other)!).Others);
    }

    private static (Digest Whole, Digest Others) Hashes(JsonNode template)
    {
        using var document = JsonDocument.Parse(template.ToJsonString());
        return (TemplateHash.OfWhole(document.RootElement), TemplateHash.OfOthers(document.RootElement));
    }

    private static JsonObject Template(Dice dice)
    {
        var template = (JsonObject)Value(dice, 4, objects: true)!;
        template["spec"] = Value(dice, 3);
        if (dice.OneIn(2))
        {
            template["metadata"] = Value(dice, 2, objects: true);
            if (dice.OneIn(2))
            {
                template["metadata"]!["annotations"] = Value(dice, 1, objects: true);
            }
        }

        return template;
    }

    private static JsonNode? Value(Dice dice, int depth, bool objects = false)
    {
        switch (objects ? 0 : dice.Next(depth > 0 ? 6 : 4) - (depth > 0 ? 0 : -2))
        {
            case 0:
                return new JsonObject(dice.Many(4, () => dice.Of("metadata", "annotations", "a", "b" + dice.Text())).Distinct()
                    .Select(name => KeyValuePair.Create(name, name is "metadata" or "annotations" ? Value(dice, Math.Max(depth - 1, 0), objects: depth > 0) ?? "" : Value(dice, depth - 1))));
            case 1:
                return new JsonArray(dice.Many(4, () => Value(dice, depth - 1)));
            case 2:
                return dice.OneIn(2) ? 1 : true;
            case 3:
                return null;
            default:
                return dice.Text();
        }
    }

    private static JsonNode? Shuffle(Dice dice, JsonNode? node) => node switch
    {
        JsonObject o => new JsonObject(dice.Shuffled(o.Select(m => KeyValuePair.Create(m.Key, Shuffle(dice, m.Value))))),
        JsonArray a => new JsonArray([.. a.Select(i => Shuffle(dice, i))]),
        _ => node?.DeepClone(),
    };

    private static void Collect(JsonNode? node, List<JsonObject> objects)
    {
        if (node is JsonObject o)
        {
            objects.Add(o);
        }

        foreach (var inner in node switch { JsonObject members => members.Select(m => m.Value), JsonArray items => items, _ => [] })
        {
            Collect(inner, objects);
        }
    }
}
