using System.Collections.Immutable;
using System.Text.Json;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Deciding;

/// <summary>Points out what people often get wrong on a workload. Each finding has a name that does not change.</summary>
internal sealed class Mistakes(Decision decision, JsonElement json, Installation installation)
{
    private static readonly TimeSpan LongSettling = TimeSpan.FromMinutes(10);

    internal static readonly (string Prefix, string Tool)[] OtherTools =
    [
        ("reloader.stakater.com/", "Reloader"), ("configmap.reloader.stakater.com/", "Reloader"), ("secret.reloader.stakater.com/", "Reloader"),
        ("wave.pusher.com/", "Wave"), ("keel.sh/", "Keel"),
    ];

    private readonly Workload _workload = decision.Workload;
    private readonly JsonElement? _labels = json.Member("metadata").Member("labels");
    private readonly JsonElement? _annotations = json.Member("metadata").Member("annotations");
    private readonly JsonElement? _template = decision.Found.Kind.TemplatePath.Aggregate((JsonElement?)json, (found, step) => found.Member(step));

    private string Kind => _workload.Ref.Kind;

    public IEnumerable<MistakeReport> Find() => [.. Enrolment(), .. NamesOf(), .. SettingsOf(), .. Sources(), .. Rollouts(), .. Others()];

    private IEnumerable<MistakeReport> Enrolment()
    {
        var label = _labels.Text(Names.Enabled);
        if (label is not (null or "true" or "false"))
        {
            yield return new("LabelValue", $"the label {Names.Enabled} is \"{label}\": it has to be \"true\", in small letters");
        }

        if (label is null && _workload.Misplaced.Contains(Names.Enabled))
        {
            yield return new("LabelOnTemplate", $"the label {Names.Enabled} is on the pod template: write it on the metadata of the {Kind} itself");
        }

        if (label is null && _annotations.Text(Names.Enabled) is not null)
        {
            yield return new("LabelAsAnnotation", $"{Names.Enabled} is an annotation: write it as a label");
        }

        if (label == "true" && !_workload.Enrolled)
        {
            yield return new("NamespaceNotWatched", $"the operator does not watch the namespace {_workload.Ref.Namespace}: see its options --namespace, --namespace-selector and --exclude-namespace");
        }
    }

    private IEnumerable<MistakeReport> NamesOf()
    {
        foreach (var (name, isLabel) in Keys(_labels).Select(name => (name, true)).Concat(Keys(_annotations).Select(name => (name, false))))
        {
            var where = isLabel ? "label" : "annotation";
            if (name.StartsWith(Names.Prefix, StringComparison.Ordinal) && !KnownNames.All.Contains(name))
            {
                yield return new("UnknownName", $"there is no {where} {name}{(KnownNames.Meant(name) is { } near ? $"; did you mean {near}?" : "")}");
            }
            else if (isLabel && name != Names.Enabled && KnownNames.All.Contains(name))
            {
                yield return new("AnnotationAsLabel", $"{name} is a label: write it as an annotation");
            }
            else if (!name.StartsWith(Names.Prefix, StringComparison.Ordinal) && KnownNames.Meant(name) is { } meant)
            {
                yield return new("Prefix", $"the {where} {name} has no effect; did you mean {meant}?");
            }
        }
    }

    private IEnumerable<MistakeReport> SettingsOf()
    {
        foreach (var problem in _workload.Settings.Problems)
        {
            yield return new("SettingValue", $"the annotation {problem.Annotation} has \"{problem.Quote}\": allowed is {problem.Allowed}");
        }

        if (_workload.Misplaced.Remove(Names.Enabled) is { IsEmpty: false } misplaced)
        {
            yield return new("SettingOnTemplate", $"{string.Join(", ", misplaced)} on the pod template has no effect: write it on the metadata of the {Kind} itself");
        }

        var uses = Uses(_workload.Settings with { Exclude = [] }, installation.Rules);
        foreach (var pattern in _workload.Settings.Exclude.Where(pattern => !uses.Any(use => pattern.Matches(use.Source))))
        {
            yield return new("ExcludeMatchesNothing", $"the annotation {Names.Exclude} names {pattern.Kind.Plural().TrimEnd('s')}/{pattern.Name}, which the workload does not read");
        }

        if (!uses.IsEmpty && uses.All(use => _workload.Settings.Excludes(use.Source)))
        {
            yield return new("ExcludesEverything", $"the annotation {Names.Exclude} takes every source away, so nothing can roll it");
        }

        if (_workload.Settings.Settle > LongSettling)
        {
            yield return new("LongSettling", $"the annotation {Names.Settle} makes each change wait for {Duration.Describe(_workload.Settings.Settle.Value)}");
        }
    }

    private IEnumerable<MistakeReport> Sources()
    {
        var followed = decision.Snapshot.Resolved().Sources;
        if (followed.IsEmpty && _workload.Settings.Exclude.IsEmpty)
        {
            yield return new("NoSources", "its template reads no ConfigMap, Secret or image that is followed; name what the program reads by itself with " + Names.Include);
        }

        foreach (var source in followed)
        {
            var included = _workload.Settings.Include.Contains(source.Use.Source);
            switch (source.State)
            {
                case SourceState.Missing when included:
                    yield return new("IncludeDoesNotExist", $"the annotation {Names.Include} names {source.Use.Source}, which does not exist");
                    break;
                case SourceState.Missing when source.Use.Required:
                    yield return new("SourceMissing", $"{source.Use.Source} does not exist, and pods cannot start without it");
                    break;
                case SourceState.Missing:
                    yield return new("OptionalSourceAbsent", $"{source.Use.Source} is optional and does not exist: is its name right?");
                    break;
                case SourceState.Present { IsIgnored: true }:
                    yield return new("SourceIgnored", $"{source.Use.Source} is marked with {Names.Ignore}, so its changes roll nothing");
                    break;
                case SourceState.Present present when source.Use.RequiredKeys.Union(source.Use.RequiredVariables).Any(key => present.Content.Entry(key) is null):
                    yield return new("KeyMissing", $"{source.Use.Source} lacks a key that pods cannot start without: {string.Join(", ", source.Use.RequiredKeys.Union(source.Use.RequiredVariables).Where(key => present.Content.Entry(key) is null))}");
                    break;
            }
        }

        foreach (var use in Uses(_workload.Settings, installation.Rules with { Sources = SourceKinds.All }).Where(use => !installation.Rules.Follows(use.Source.Kind)))
        {
            yield return new("SourceNotFollowed", $"{use.Source} is not followed: the operator's options leave out {use.Source.Kind.Plural()}");
        }

        if (_template is { } template && TemplateReferences.Read(template, _workload.Settings with { Images = true }, installation.Rules).Unfollowed is { IsEmpty: false } images)
        {
            foreach (var image in images.Where(image => _workload.Settings.Images == true || IsLatest(image.Source)))
            {
                yield return new("ImageNotFollowed", $"{image.Source} is not followed, since {image.Reason}");
            }
        }
    }

    private IEnumerable<MistakeReport> Rollouts()
    {
        if (_workload.Restraint is { } restraint)
        {
            yield return new("KubernetesWaits", $"Kubernetes will not replace all pods by itself: {restraint}");
        }

        if (_workload.Settings.Pause)
        {
            yield return new("Paused", $"the annotation {Names.Pause} holds its rollouts");
        }

        if (_workload.Settings.Adopt is not null && decision.Plan is (Plan.Roll or Plan.Hold))
        {
            yield return new("AdoptOutdated", $"the annotation {Names.Adopt} is for another state than the present one, and has no effect: use kubectl rollout-operator adopt again");
        }

        if (_workload.Ledger is not null && _workload.OwnLedger is null)
        {
            yield return new("LedgerOfAnother", $"the annotation {Names.Ledger} was copied from another object; the operator writes its own. Leave it out of manifests");
        }
    }

    private IEnumerable<MistakeReport> Others()
    {
        foreach (var (name, tool) in Keys(_annotations).Concat(Keys(_labels)).Select(name => (name, Array.Find(OtherTools, tool => name.StartsWith(tool.Prefix, StringComparison.Ordinal)).Tool)))
        {
            if (tool is not null)
            {
                yield return new("OtherTool", $"{name} makes {tool} roll it as well, if that is installed: each change may be two rollouts");
            }
        }

        foreach (var name in Keys(_template.Member("metadata").Member("annotations")).Where(name => name.StartsWith("checksum/", StringComparison.Ordinal) || name is "rollme"))
        {
            yield return new("ChecksumOfHelm", $"the annotation {name} of the pod template makes Helm roll it at each deployment; it is not needed any more");
        }

        if (json.Member("metadata").Items("ownerReferences").FirstOrDefault(owner => owner.IsTrue("controller")) is { } owner)
        {
            yield return new("OwnedByAnother", $"{owner.Text("kind")} {owner.Text("name")} makes this {Kind}, and may set its template back; put the label where {owner.Text("kind")} takes it from");
        }
    }

    private ImmutableArray<SourceUse> Uses(Settings settings, ReadingRules rules) =>
        _template is { } template ? TemplateReferences.Read(template, settings, rules).Uses : [];

    private bool IsLatest(SourceRef image) => _template.Member("spec") is var spec && spec.Items("containers").Concat(spec.Items("initContainers"))
        .Any(container => container.Text("name") == image.Name && container.Text("image") is { } text && (text.EndsWith(":latest", StringComparison.Ordinal) || !text.Contains(':', StringComparison.Ordinal)));

    private static IEnumerable<string> Keys(JsonElement? map) =>
        map is { ValueKind: JsonValueKind.Object } entries ? entries.EnumerateObject().Select(entry => entry.Name) : [];
}

/// <summary>The names of labels and annotations that the operator knows, and which one somebody meant.</summary>
internal static class KnownNames
{
    // What may be written in the place of the prefix is longer, and is compared without the points and dashes that get lost.
    private const string Letters = "rolloutoperator";

    public static readonly string[] All =
    [
        Names.Enabled, Names.Include, Names.Exclude, Names.Pause, Names.Approval, Names.Approved, Names.Adopt, Names.Settle, Names.Images, Names.Ledger, Names.Checksum, Names.Rollout, Names.Ignore,
    ];

    /// <summary>The nearest known name, or null when none is near.</summary>
    public static string? Meant(string name)
    {
        var isOurs = name.StartsWith(Names.Prefix, StringComparison.Ordinal);
        if (!isOurs && !new string([.. name.Where(char.IsAsciiLetter)]).Contains(Letters, StringComparison.OrdinalIgnoreCase) && Spelling.Nearest(name, All) is null)
        {
            return null;
        }

        var word = LastWord(name);
        return Spelling.Nearest(word, All.Select(LastWord)) is { } near ? All.First(known => LastWord(known) == near) : null;
    }

    private static string LastWord(string name) => name[(name.LastIndexOfAny(['/', '.']) + 1)..].ToLowerInvariant();
}
