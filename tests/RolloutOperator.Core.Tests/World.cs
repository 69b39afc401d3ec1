using System.Globalization;
using System.Text.Json.Nodes;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Tests;

/// <summary>A random workload with random sources, and what a plan makes of it.</summary>
internal sealed class World
{
    private static readonly string[] Names3 = ["a", "b", "c"];

    private readonly Dictionary<SourceRef, SourceState> _states = [];
    private readonly ResourceVersion _templateSince;
    private readonly bool _isFresh;
    private Workload? _workload;

    public World(Dice dice)
    {
        Json = RandomWorkload(dice);
        _templateSince = dice.OneIn(3) ? ResourceVersion.Unknown : new((ulong)dice.Next(60));
        _isFresh = dice.OneIn(2);
        var read = Make.Workload(Json);
        foreach (var use in read.Sources)
        {
            _states[use.Source] = State(dice, use.Source.Kind);
        }

        if (Ledger(dice, read) is { } ledger)
        {
            ((JsonObject)Json["metadata"]!["annotations"]!)[Names.Ledger] = ledger;
        }
    }

    /// <summary>The workload as the API server has it.</summary>
    public JsonObject Json { get; }

    public Workload Workload => _workload ??= Read();

    public Snapshot Snapshot
    {
        get
        {
            var workload = Workload;
            return new(workload, [.. workload.Sources.Select(u => new ObservedSource(u, _states[u.Source]))], Make.Key.Id);
        }
    }

    /// <summary>Writes the annotation that asks for an adoption.</summary>
    public void Ask(AdoptRequest request)
    {
        _workload = null;
        Json["metadata"]!["annotations"]![Names.Adopt] = request.ToString();
    }

    /// <summary>Makes the ledger say that the pods have read another state of these sources.</summary>
    public void Forget(IEnumerable<string> sources)
    {
        var ledger = Workload.Ledger!;
        _workload = null;
        Json["metadata"]!["annotations"]![Names.Ledger] = (ledger with
        {
            Sources = ledger.Sources.SetItems(sources.Select(source => KeyValuePair.Create(source, (string?)new string('0', 32)))),
            Sequence = ledger.Sequence + 1,
        }).ToJson();
    }

    /// <summary>Writes what the plan says onto the workload, as the patch does.</summary>
    public void Apply(Plan plan)
    {
        _workload = null;
        var annotations = (JsonObject)Json["metadata"]!["annotations"]!;
        switch (plan)
        {
            case Plan.Adopt adopt:
                annotations[Names.Ledger] = adopt.Ledger.ToJson();
                break;
            case Plan.Absorb absorb:
                annotations[Names.Ledger] = absorb.Ledger.ToJson();
                break;
            case Plan.Roll roll:
                annotations[Names.Ledger] = roll.Ledger.ToJson();
                var metadata = (JsonObject)(Json["spec"]!["template"]!["metadata"] ??= new JsonObject());
                var own = (JsonObject)(metadata["annotations"] ??= new JsonObject());
                own[Names.Checksum] = roll.Checksum.ToString();
                own[Names.Rollout] = roll.Ledger.Rollout.ToString(CultureInfo.InvariantCulture);
                if (roll.ChangeCause is { } cause)
                {
                    annotations[Names.ChangeCause] = cause;
                }

                break;
            default:
                break;
        }
    }

    private Workload Read()
    {
        var read = Make.Workload(Json);
        return read with
        {
            TemplateSince = _templateSince,
            TemplateBy = _templateSince,
            IsFresh = _isFresh,
            KnowsRevisions = _isFresh,
            Revisions = read.Ledger is { } ledger ? [ledger.Revision, read.Revision] : [read.Revision],
        };
    }

    private static JsonObject RandomWorkload(Dice dice)
    {
        var annotations = new JsonObject();
        Sometimes(annotations, Names.Pause, "true", 6);
        Sometimes(annotations, Names.Include, "configmap/a, secret/b", 6);
        Sometimes(annotations, Names.Exclude, dice.Of("configmap/b", "secret/a,image/*"), 6);
        Sometimes(annotations, Names.ChangeCause, dice.Of("release 12", "configmap/a changed", ""), 3);
        var template = new JsonObject
        {
            ["spec"] = new JsonObject
            {
                ["containers"] = new JsonArray([.. dice.Many(3, () => (JsonNode)Container())]),
                ["volumes"] = new JsonArray(
                    new JsonObject { ["name"] = "v", ["configMap"] = Reference("name") },
                    new JsonObject { ["name"] = "w", ["secret"] = Reference("secretName") }),
            },
        };
        if (dice.OneIn(2))
        {
            var own = new JsonObject();
            Sometimes(own, Names.Rollout, dice.Of("1", "7", "x", "1000000000", "1000000001"), 2);
            Sometimes(own, "other", "x", 2);
            template["metadata"] = new JsonObject { ["annotations"] = own };
        }

        return new()
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = "shop",
                ["namespace"] = "default",
                ["labels"] = new JsonObject { [Names.Enabled] = dice.OneIn(20) ? "false" : "true" },
                ["annotations"] = annotations,
            },
            ["spec"] = new JsonObject { ["template"] = template },
        };

        JsonObject Container() => new()
        {
            ["env"] = new JsonArray([.. dice.Many(3, () => (JsonNode)new JsonObject
            {
                ["valueFrom"] = new JsonObject { [dice.Of("configMapKeyRef", "secretKeyRef")] = Reference("name", "k" + dice.Next(2)) },
            })]),
            ["envFrom"] = new JsonArray([.. dice.Many(2, () => (JsonNode)new JsonObject { [dice.Of("configMapRef", "secretRef")] = Reference("name") })]),
            ["volumeMounts"] = new JsonArray([.. dice.Many(3, () => (JsonNode)new JsonObject
            {
                ["name"] = dice.Of("v", "w", "x"),
                ["subPath"] = dice.Of("", "k0", "k1"),
            })]),
        };

        JsonObject Reference(string nameMember, string? key = null)
        {
            var reference = new JsonObject { [nameMember] = dice.Of(Names3), ["optional"] = !dice.OneIn(4) };
            if (key is not null)
            {
                reference["key"] = key;
            }

            return reference;
        }

        void Sometimes(JsonObject to, string name, string value, int oneIn)
        {
            if (dice.OneIn(oneIn))
            {
                to[name] = value;
            }
        }
    }

    private static SourceState State(Dice dice, SourceKind kind) => dice.Next(40) switch
    {
        0 => SourceState.NotRead,
        1 => new SourceState.Forbidden("no"),
        < 8 => new SourceState.Missing(new((ulong)dice.Next(60))),
        _ => new SourceState.Present(Content(dice), new((ulong)dice.Next(60)), [.. dice.Many(3, () => new EarlierContent(Content(dice), new((ulong)dice.Next(60))))]) { IsFirst = dice.OneIn(3) },
    };

    private static SourceContent Content(Dice dice) =>
        SourceContent.Of(dice.Many(4, () => new KeyDigest("k" + dice.Next(3), Make.Value((byte)dice.Next(2)))));

    private string? Ledger(Dice dice, Workload workload)
    {
        if (dice.OneIn(8))
        {
            return dice.Of(null, "", "{", "{\"v\":1}");
        }

        // What was read before: mostly the present, now and then another state, another set.
        var read = workload.Sources.Where(_ => !dice.OneIn(8)).Select(use =>
        {
            var state = dice.OneIn(4) ? State(dice, use.Source.Kind) : _states[use.Source];
            return SourceDigest.Of(use, (state as SourceState.Present)?.Content);
        });
        if (dice.OneIn(8))
        {
            read = read.Append(new(new(SourceKind.Secret, "gone"), Make.Value(1)));
        }

        var template = dice.OneIn(3) ? workload.TemplateOfOthers : default;
        return (Core.Planning.Ledger.Of(dice.Of(0, 1, 5, Core.Planning.Ledger.MostRollouts), dice.OneIn(10) ? "deadbeef" : Make.Key.Id, template, read) with { Again = dice.Next(2) }).ToJson();
    }
}
