using System.Collections.Immutable;
using System.Text.Json.Nodes;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Tests;

/// <summary>A key counts for an environment if, and only if, a container would see another value of it.</summary>
public sealed class EnvironmentTests
{
    private const int Cases = 6_000;
    private static readonly string[] Sources = ["configmap/a", "configmap/b", "secret/a"];
    private static readonly string[] Keys = ["A", "B", "P_A", "1ST", "..C", "."];

    [Trait("Invariant", "I1")]
    [Fact]
    public void A_value_counts_exactly_when_a_container_sees_it() => Properties.ForAll(
        dice =>
        {
            var (containers, objects, rule) = Some(dice);
            var (source, key) = (dice.Of(Sources), dice.Of(Keys));
            var edited = Edited(objects, source, o => o?["data"]?[key] is null ? o : With(o, "data", key, "edited"));

            // A container that does not start sees nothing, whatever counts.
            if (See(containers, objects, rule) is { } before && See(containers, edited, rule) is { } after)
            {
                Assert.Equal(before != after, Checksum(containers, objects, rule) != Checksum(containers, edited, rule));
            }
        },
        Cases);

    [Trait("Invariant", "I1")]
    [Fact]
    public void What_changes_an_environment_changes_the_checksum() => Properties.ForAll(
        dice =>
        {
            var (containers, objects, rule) = Some(dice);
            var changed = objects;
            for (var i = dice.Next(3); i >= 0; i--)
            {
                var (source, key, to) = (dice.Of(Sources), dice.Of(Keys), dice.Next(9));
                changed = Edited(changed, source, o => to switch
                {
                    0 => o is null ? new JsonObject() : null,
                    < 4 => With(o, "data", key, null),
                    < 6 => o?["data"]?[key] is { } value && source != "secret/a" ? With(With(o, "data", key, null), "binaryData", key, (string)value!) : o,
                    _ => With(o, "data", key, "v" + dice.Next(3)),
                });
            }

            if (See(containers, objects, rule) is { } before && See(containers, changed, rule) is { } after && before != after)
            {
                Assert.NotEqual(Checksum(containers, objects, rule), Checksum(containers, changed, rule));
            }
        },
        Cases);

    [Fact]
    public void A_container_that_does_not_start_blocks_the_workload() => Properties.ForAll(
        dice =>
        {
            var (containers, objects, rule) = Some(dice);

            Assert.Equal(See(containers, objects, rule) is null, Planner.Plan(Snapshot(containers, objects, rule)) is Plan.Blocked);
        },
        Cases);

    [Fact]
    public void Very_many_references_count_every_key()
    {
        var container = new JsonObject
        {
            ["envFrom"] = new JsonArray([.. Enumerable.Range(0, 5_000).Select(i => (JsonNode)new JsonObject
            {
                ["prefix"] = "P" + (i % 2_500),
                ["configMapRef"] = new JsonObject { ["name"] = "a" },
            })]),
        };
        var use = Snapshot([container], Objects(new JsonObject { ["data"] = new JsonObject { ["A"] = "1" } }), EnvironmentRule.ValidNames).Resolved().Sources.Single().Use;

        Assert.Equal([EnvFromUse.Everything], use.EnvFrom);
    }

    [Theory]
    [InlineData("v1.20.2", EnvironmentRule.ValidNames)]
    [InlineData("v1.29.15-eks-113cf36", EnvironmentRule.ValidNames)]
    [InlineData("v1.9+", EnvironmentRule.ValidNames)]
    [InlineData("v1.30.0", EnvironmentRule.AnyName)]
    [InlineData("v1.34.1+k3s1", EnvironmentRule.AnyName)]
    [InlineData("v2.3.0", EnvironmentRule.AnyName)]
    [InlineData("v1", EnvironmentRule.AnyName)]
    [InlineData("", EnvironmentRule.AnyName)]
    [InlineData(null, EnvironmentRule.AnyName)]
    [InlineData("v1.-2.0", EnvironmentRule.AnyName)]
    [InlineData("v1.99999999999999.0", EnvironmentRule.AnyName)]
    public void The_version_of_the_API_server_says_which_names_are_skipped(string? version, EnvironmentRule rule) =>
        Assert.Equal(rule, EnvironmentRules.Of(version));

    internal static (JsonObject[] Containers, ImmutableDictionary<string, JsonObject?> Objects, EnvironmentRule Rule) Some(Dice dice)
    {
        return ([.. dice.Many(3, Container)], Sources.ToImmutableDictionary(source => source, _ => dice.OneIn(6) ? null : Object()), dice.Of(EnvironmentRule.ValidNames, EnvironmentRule.AnyName));

        JsonObject Container() => new()
        {
            ["envFrom"] = new JsonArray([.. dice.Many(4, () => (JsonNode)new JsonObject
            {
                [dice.Of("configMapRef", "configMapRef", "secretRef")] = Reference(),
                ["prefix"] = dice.Of("", "", "P_", "."),
            })]),
            ["env"] = new JsonArray([.. dice.Many(5, () =>
            {
                var variable = new JsonObject { ["name"] = dice.Of(Keys[..3]) };
                switch (dice.Next(5))
                {
                    case < 2:
                        variable["value"] = dice.Of("", "x", "$(A)", "$$(A)$(B)", "$(P_A", "$", "$x$(A)$(1ST)", "$(A))$$");
                        break;
                    default:
                        var reference = Reference();
                        reference["key"] = dice.Of(Keys);
                        variable["valueFrom"] = new JsonObject { [dice.Of("configMapKeyRef", "configMapKeyRef", "secretKeyRef")] = reference };
                        break;
                }

                return (JsonNode)variable;
            })]),
        };

        JsonObject Reference() => new() { ["name"] = dice.Of("a", "b"), ["optional"] = !dice.OneIn(5) };

        JsonObject Object()
        {
            var made = new JsonObject();
            foreach (var key in dice.Shuffled(Keys).Take(dice.Next(6)))
            {
                made = With(made, dice.OneIn(4) ? "binaryData" : "data", key, "v" + dice.Next(3));
            }

            return made;
        }
    }

    internal static ImmutableDictionary<string, JsonObject?> Objects(JsonObject a) => Sources.ToImmutableDictionary(source => source, source => source == "configmap/a" ? a : null);

    private static ImmutableDictionary<string, JsonObject?> Edited(ImmutableDictionary<string, JsonObject?> objects, string source, Func<JsonObject?, JsonObject?> edit) =>
        objects.SetItem(source, edit((JsonObject?)objects[source]?.DeepClone()));

    // A key is in one of the two.
    private static JsonObject With(JsonObject? o, string member, string key, string? value)
    {
        var made = (JsonObject?)o?.DeepClone() ?? [];
        (made["data"] as JsonObject)?.Remove(key);
        (made["binaryData"] as JsonObject)?.Remove(key);
        if (value is not null)
        {
            ((JsonObject)(made[member] ??= new JsonObject()))[key] = value;
        }

        return made;
    }

    private static string? See(JsonObject[] containers, ImmutableDictionary<string, JsonObject?> objects, EnvironmentRule rule)
    {
        var values = objects.Add("secret/b", null).ToDictionary(
            o => o.Key, o => o.Value is null ? null : (o.Value["data"] as JsonObject ?? []).ToDictionary(v => v.Key, v => (string)v.Value!));
        var seen = containers.Select(container => KubeletEnvironment.Of(container, values, rule == EnvironmentRule.ValidNames)).ToArray();
        return seen.Any(environment => environment is null) ? null
            : string.Join(" | ", seen.Select(environment => string.Join(", ", environment!.Select(variable => $"{variable.Key}={variable.Value}"))));
    }

    private static Digest Checksum(JsonObject[] containers, ImmutableDictionary<string, JsonObject?> objects, EnvironmentRule rule) =>
        SourceDigest.Checksum(Snapshot(containers, objects, rule).Resolved().Sources.Select(source => SourceDigest.Of(source, null)));

    internal static Snapshot Snapshot(JsonObject[] containers, ImmutableDictionary<string, JsonObject?> objects, EnvironmentRule rule)
    {
        var workload = Make.Workload(new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "shop", ["labels"] = new JsonObject { [Names.Enabled] = "true" } },
            ["spec"] = new JsonObject { ["template"] = new JsonObject { ["spec"] = new JsonObject { ["containers"] = new JsonArray([.. containers.Select(c => c.DeepClone())]) } } },
        });
        return new(workload, [.. workload.Sources.Select(use => new ObservedSource(use, State(use.Source)))], Make.Key.Id) { Rule = rule };

        SourceState State(SourceRef source) => objects.GetValueOrDefault(source.ToString()) is not { } found
            ? new SourceState.Missing(default)
            : new SourceState.Present(Content(source.Kind, found), default, []);
    }

    private static SourceContent Content(SourceKind kind, JsonObject found) => SourceContent.Of(
        from member in new[] { "data", "binaryData" }
        from entry in found[member] as JsonObject ?? []
        where member == "data" || kind == SourceKind.ConfigMap
        select new KeyDigest(entry.Key, Digest.Sha256(System.Text.Encoding.UTF8.GetBytes((string)entry.Value!))) { IsBinary = member == "binaryData" });
}
