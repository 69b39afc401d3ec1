using System.Collections;
using System.Runtime.CompilerServices;
using System.Text;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Tests;

public sealed class CanaryTests
{
    private const string Canary = "c4nary-Value-that-nobody-may-see";

    [Fact]
    public void Nothing_derived_from_a_source_contains_its_values_or_the_key()
    {
        var key = DigestKey.FromBytes(Encoding.UTF8.GetBytes(Canary))!;
        foreach (var kind in new[] { SourceKind.ConfigMap, SourceKind.Secret })
        {
            var source = new SourceRef(kind, "a");
            var (content, earlier) = (Make.Content(kind, [new("k", Canary)]), Make.Content(kind, [new("k", "before")]));
            var reading = new SourceReading(new(2), content);
            var state = new SourceState.Present(content, reading.Version, [new(earlier, reading.Version)]);
            var use = SourceUse.Everything(source);
            var reference = kind == SourceKind.Secret ? "secretRef" : "configMapRef";
            var workload = Make.Workload(System.Text.Json.Nodes.JsonNode.Parse(
                """{"metadata":{"name":"a","labels":{"rollout-operator.io/enabled":"true"}},"spec":{"template":{"spec":{"containers":[{"envFrom":[{"REF":{"name":"a"}}]}]}}}}"""
                    .Replace("REF", reference, StringComparison.Ordinal)));
            var adopt = new Snapshot(workload, [new(use, state)], Make.Key.Id);
            var roll = adopt with { Workload = workload with { Ledger = Make.Ledger(1, (source.ToString(), SourceDigest.Of(use, earlier).ToLedger())) } };
            object[] roots = [key, new SourceReader(new([key])), reading, adopt, roll, Planner.Plan(adopt), Planner.Plan(roll), ((Plan.Roll)Planner.Plan(roll)).Ledger.ToJson()];
            Assert.IsType<Plan.Roll>(Planner.Plan(roll));
            var said = roots.SelectMany(Everything).Select(o => o.ToString() ?? "").ToArray();
            Assert.True(said.Length > 50);
            Assert.All(said, AssertSilent);
        }
    }

    [Fact]
    public void No_error_about_an_object_contains_a_value()
    {
        string[] broken =
        [
            """{"data":{"k":"CANARY"}""",
            """{"data":{"k":{"CANARY":1}}}""",
            """{"binaryData":{"k":"CANARY!"}}""",
            """{"data":{"k":"CANARY\ud800"}}""",
        ];
        Assert.All(broken, json => AssertSilent(Assert.ThrowsAny<Exception>(
            () => Make.Read(SourceKind.ConfigMap, json.Replace("CANARY", Canary, StringComparison.Ordinal))).ToString()));
    }

    private static void AssertSilent(string said)
    {
        var bytes = Encoding.UTF8.GetBytes(Canary);
        Assert.DoesNotContain(Canary, said, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Convert.ToBase64String(bytes)[..16], said, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexString(bytes)[..16], said, StringComparison.OrdinalIgnoreCase);
    }

    // Everything that can be come at through properties and collections.
    private static IEnumerable<object> Everything(object root)
    {
        var (seen, open) = (new HashSet<object>(ReferenceEqualityComparer.Instance), new Stack<object>([root]));
        while (open.TryPop(out var next))
        {
            if (seen.Add(next) && seen.Count < 10_000)
            {
                yield return next;
                var inner = next is string ? [] : next is IEnumerable items
                    ? items.Cast<object?>()
                    : next.GetType().Assembly != typeof(Plan).Assembly ? []
                    : next.GetType().GetProperties().Where(p => p.GetIndexParameters().Length == 0).Select(p => RuntimeHelpers.GetObjectValue(p.GetValue(next)));
                foreach (var one in inner.OfType<object>())
                {
                    open.Push(one);
                }
            }
        }
    }
}
