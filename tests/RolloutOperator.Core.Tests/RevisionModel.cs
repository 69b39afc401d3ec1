using System.Globalization;
using System.Text.Json.Nodes;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Tests;

/// <summary>
/// A Deployment with its pods, the ConfigMaps that they read, a controller that replaces pods one by one, and an operator
/// that sees live events, misses some while it is down, and forgets everything at a restart.
/// </summary>
internal sealed class RevisionModel
{
    private const int Replicas = 3;

    private static readonly string[] Sources = ["a", "b"];

    private readonly Dictionary<string, (int Content, ulong Changed)> _contents = [];
    private readonly Dictionary<string, string?> _ledgerOfReplicaSet = [];
    private readonly List<(string Template, Dictionary<string, int> Read)> _pods = [];
    private readonly List<string> _templates = [];
    private readonly List<string> _ledgers = [];
    private readonly JsonObject _json;
    private readonly Dictionary<string, ulong> _known = [];
    private readonly HashSet<string> _missed = [];
    private Workload? _seen;
    private ulong _version = 1;
    private int _content;
    private int _generation = 1;
    private int _observed;
    private bool _isUp = true;
    private bool _hasLost;

    public RevisionModel()
    {
        foreach (var source in Sources)
        {
            Edit(source);
        }

        _json = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = "shop",
                ["namespace"] = "default",
                ["uid"] = "1",
                ["labels"] = new JsonObject { [Names.Enabled] = "true" },
                ["annotations"] = new JsonObject(),
            },
            ["spec"] = new JsonObject { ["replicas"] = Replicas, ["template"] = Template(0) },
        };
        Changed(ofTemplate: true);
        Control(all: true);
        Operate();
    }

    public int Rollouts { get; private set; }

    public int Writes { get; private set; }

    public List<string> Story { get; } = [];

    private JsonObject Annotations => (JsonObject)_json["metadata"]!["annotations"]!;

    private string Current => _json["spec"]!["template"]!.ToJsonString();

    public void Edit(string source)
    {
        // A source that came with a template while no operator was there is adopted, as a workload is.
        if (!_isUp && !IsKnownTo((string?)Annotations[Names.Ledger], source))
        {
            return;
        }

        _missed.UnionWith(_isUp ? [] : [source]);
        Story.Add($"edit {source}");
        _contents[source] = (++_content, ++_version);
        if (_isUp)
        {
            _known[source] = _version;
        }
    }

    /// <summary>Somebody applies a template of their own, which keeps the annotations that are not theirs.</summary>
    public void Apply(int image, bool stripsAnnotations)
    {
        Story.Add($"apply {image}{(stripsAnnotations ? " stripped" : "")}");
        var template = Template(image);
        if (!stripsAnnotations && _json["spec"]!["template"]!["metadata"] is { } own)
        {
            template["metadata"] = own.DeepClone();
        }

        SetTemplate(template);
    }

    /// <summary>As <c>kubectl rollout undo</c> does: the template and the annotations of an earlier ReplicaSet.</summary>
    public void Undo(Dice dice)
    {
        var before = _templates.Distinct().Where(template => template != Current).ToArray();
        if (before.Length > 0)
        {
            var template = before[Math.Max(0, before.Length - 1 - dice.Next(2))];
            Story.Add($"undo to {template}");
            if (_ledgerOfReplicaSet.GetValueOrDefault(template) is { } ledger)
            {
                Annotations[Names.Ledger] = ledger;
            }

            SetTemplate((JsonObject)JsonNode.Parse(template)!);
        }
    }

    /// <summary>Somebody takes the ledger away. What neither template nor memory can tell after that is lost.</summary>
    public void TakeLedger()
    {
        if (!_isUp && _json["spec"]!["template"]!["metadata"] is null)
        {
            return;
        }

        _hasLost = !_isUp;
        Story.Add("take the ledger away");
        Annotations.Remove(Names.Ledger);
        Changed(ofTemplate: false);
    }

    public void PutLedgerBack(Dice dice)
    {
        var before = _ledgers.Where(ledger => _missed.All(source => IsKnownTo(ledger, source))).ToArray();
        if (before.Length > 0)
        {
            Story.Add("put an earlier ledger back");
            Annotations[Names.Ledger] = dice.Of(before);
            Changed(ofTemplate: false);
        }
    }

    /// <summary>The controller replaces one pod, or all of them.</summary>
    public void Control(bool all)
    {
        Story.Add(all ? "complete" : "replace a pod");
        do
        {
            _observed = _generation;
            See(live: true);
            if (_pods.FindIndex(pod => pod.Template != Current) is var old and >= 0)
            {
                _pods.RemoveAt(old);
                Start();
            }
            else if (_pods.Count < Replicas)
            {
                Start();
            }

            See(live: true);
        }
        while (all && !IsComplete);
    }

    public void Stop()
    {
        if (Annotations[Names.Ledger] is null)
        {
            Operate();
        }

        if (Annotations[Names.Ledger] is null)
        {
            return;
        }

        Story.Add("stop the operator");
        _isUp = false;
        _seen = null;
    }

    public void StartOperator()
    {
        if (!_isUp)
        {
            Story.Add("start the operator");
            _isUp = true;
            _missed.Clear();
            foreach (var source in Sources)
            {
                // What is read at the start may be as old as the read at most.
                _known[source] = _version;
            }

            See(live: false);
            if (_hasLost)
            {
                // While there is still a template that tells.
                _hasLost = false;
                Operate();
            }
        }
    }

    public void Relist()
    {
        if (_isUp)
        {
            Story.Add("relist");
            _version++;
            See(live: false);
        }
    }

    /// <summary>Passes until there is nothing left to do.</summary>
    public void Operate()
    {
        for (var pass = 0; _isUp; pass++)
        {
            Assert.True(pass < 10, $"It never ends: {Tell()}");
            var plan = Plan();
            Story.Add($"  {PlanCase.Describe(plan).ReplaceLineEndings(" ")}");
            if (plan is not Core.Planning.Plan.Write write)
            {
                return;
            }

            Writes++;
            Annotations[Names.Ledger] = write.Ledger.ToJson();
            _ledgers.Add(write.Ledger.ToJson());
            if (plan is Core.Planning.Plan.Roll roll)
            {
                Rollouts++;
                var template = (JsonObject)_json["spec"]!["template"]!.DeepClone();
                template["metadata"] = new JsonObject
                {
                    ["annotations"] = new JsonObject
                    {
                        [Names.Checksum] = roll.Checksum.ToString(),
                        [Names.Rollout] = roll.Ledger.Rollout.ToString(CultureInfo.InvariantCulture),
                    },
                };
                SetTemplate(template);
            }
            else
            {
                Changed(ofTemplate: false);
            }
        }
    }

    /// <summary>No pod is old without that being known.</summary>
    public void Check()
    {
        if (_isUp && Plan() is Core.Planning.Plan.UpToDate { HasOldPods: false })
        {
            Assert.True(_pods.TrueForAll(IsOfPresent), $"A pod is old and nobody knows: {Tell()}");
        }
    }

    /// <summary>Unless somebody keeps setting the template back, which is counted.</summary>
    public void CheckAllNew() =>
        Assert.True(Plan() is Core.Planning.Plan.Contended || (_pods.Count == Replicas && _pods.TrueForAll(IsOfPresent)), $"A pod stays old: {Tell()}");

    public string Tell() => string.Join('\n', Story);

    private bool IsComplete => _pods.Count == Replicas && _pods.TrueForAll(pod => pod.Template == Current);

    // What the present template does not use, no fresh pod would read.
    private bool IsOfPresent((string Template, Dictionary<string, int> Read) pod) =>
        UsesOf(Current).All(source => !pod.Read.TryGetValue(source, out var read) || read == _contents[source].Content);

    private static bool IsKnownTo(string? ledger, string source) => ledger is null || Ledger.Parse(ledger)!.Sources.ContainsKey($"configmap/{source}");

    private void Start() => _pods.Add((Current, UsesOf(Current).ToDictionary(source => source, source => _contents[source].Content)));

    // An image of an even number reads both.
    private static IEnumerable<string> UsesOf(string template) => Sources.Where(source => template.Contains($"\"{source}\"", StringComparison.Ordinal));

    private static JsonObject Template(int image) => new()
    {
        ["spec"] = new JsonObject
        {
            ["containers"] = new JsonArray(new JsonObject
            {
                ["image"] = $"shop:{image}",
                ["envFrom"] = new JsonArray([.. Sources.Take(image % 2 == 0 ? 2 : 1).Select(source =>
                    (JsonNode)new JsonObject { ["configMapRef"] = new JsonObject { ["name"] = source } })]),
            }),
        },
    };

    private void SetTemplate(JsonObject template)
    {
        if (_hasLost)
        {
            return;
        }

        _json["spec"]!["template"] = template;
        Changed(ofTemplate: true);
    }

    private void Changed(bool ofTemplate)
    {
        _version++;
        _generation++;
        if (ofTemplate)
        {
            _templates.Remove(Current);
            _templates.Add(Current);
        }

        // The controller copies annotations to the ReplicaSet of the present template.
        _ledgerOfReplicaSet[Current] = (string?)Annotations[Names.Ledger];
        See(live: true);
    }

    private void See(bool live)
    {
        if (_isUp)
        {
            var updated = _pods.Count(pod => pod.Template == Current);
            _json["metadata"]!["resourceVersion"] = (++_version).ToString(CultureInfo.InvariantCulture);
            _json["metadata"]!["generation"] = _generation;
            _json["status"] = new JsonObject
            {
                ["observedGeneration"] = _observed,
                ["replicas"] = _pods.Count,
                ["updatedReplicas"] = updated,
                ["availableReplicas"] = _pods.Count,
            };
            _seen = Make.Workload(_json).Continue(_seen, live && _seen is not null);
        }
    }

    private Plan Plan() => Planner.Plan(new(
        _seen,
        [.. _seen!.Sources.Select(use => new ObservedSource(use, new SourceState.Present(
            SourceContent.Of([new(use.Source.Name, Digest.Sha256([(byte)_contents[use.Source.Name].Content, (byte)(_contents[use.Source.Name].Content >> 8)]))]),
            new(_known[use.Source.Name]),
            []) { AsOf = new(_version) }))],
        Make.Key.Id));
}
