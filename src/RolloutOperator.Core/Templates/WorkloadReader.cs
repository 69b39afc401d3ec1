using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using RolloutOperator.Core.Planning;

namespace RolloutOperator.Core.Templates;

/// <summary>Reduces an API object with a pod template to a <see cref="Workload"/>.</summary>
public static class WorkloadReader
{
    /// <summary>Reads an object of the kind; an object without a pod template reads nothing.</summary>
    public static Workload Read(JsonElement workload, WorkloadKind kind, ReadingRules rules)
    {
        var metadata = workload.Member("metadata");
        var annotations = metadata.Member("annotations");
        var @namespace = metadata.Text("namespace") ?? "";
        var settings = Settings.Read(name => annotations.Text(name), @namespace, rules);
        JsonElement? found = workload;
        foreach (var step in kind.TemplatePath)
        {
            found = found.Member(step);
        }

        var template = found ?? default;
        var references = found is null ? new([], [], []) : TemplateReferences.Read(template, settings, rules);
        return new()
        {
            Ref = new(kind.Kind, @namespace, metadata.Text("name") ?? ""),
            Uid = metadata.Text("uid") ?? "",
            Version = metadata.Text("resourceVersion") ?? "",
            Enrolled = rules.Enrolment.Takes(metadata.Member("labels").Text(Names.Enabled)),
            Settings = settings,
            Sources = references.Uses,
            Environments = references.Environments,
            Unfollowed = references.Unfollowed,
            Misplaced = [.. Misplaced(metadata, found.Member("metadata"), "labels").Union(Misplaced(metadata, found.Member("metadata"), "annotations"))],
            Pull = PullSecrets.Read(found.Member("spec")),
            Template = found is null ? default : TemplateHash.OfWhole(template),
            TemplateOfOthers = found is null ? default : TemplateHash.OfOthers(template),
            Ledger = Ledger.Parse(annotations.Text(Names.Ledger)),
            TemplateRollout = Counter(found.Member("metadata").Member("annotations").Text(Names.Rollout)),
            TemplateChecksum = found.Member("metadata").Member("annotations").Text(Names.Checksum),
            IsNew = kind.Rule.IsNew(workload),
            Restraint = kind.Rule.Restraint(workload),
            Obstacle = kind.Rule.Obstacle(workload),
            Progress = kind.Rule.Progress(workload),
            LastManager = ManagedFields.LastOfTemplate(metadata, kind.TemplatePath),
            ChangeCause = annotations.Text(Names.ChangeCause),
            ChangeCauseEntry = ManagedFields.EntryOfChangeCause(metadata),
        };
    }

    // Tools that add the same labels and annotations to both mean no harm.
    private static IEnumerable<string> Misplaced(JsonElement? metadata, JsonElement? template, string part) =>
        template.Member(part) is not { ValueKind: JsonValueKind.Object } entries ? []
            : from entry in entries.EnumerateObject()
              where entry.Name.StartsWith(Names.Prefix, StringComparison.Ordinal) && entry.Name is not (Names.Checksum or Names.Rollout)
                  && template.Member(part).Text(entry.Name) != metadata.Member(part).Text(entry.Name)
              select entry.Name;

    // A counter that no operator could have reached was written by someone else, and would overflow.
    private static int Counter(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= Ledger.MostRollouts ? count : 0;
}

/// <summary>Reads from managedFields who owns what. Anybody may write any name there.</summary>
internal static class ManagedFields
{
    // The API server keeps ten entries of updates, and one for each that applies.
    private const int MostEntries = 50;
    private const int LongestName = 63;

    /// <summary>Who last changed the pod template, besides the operator: a hint for people.</summary>
    public static string? LastOfTemplate(JsonElement? metadata, ImmutableArray<string> path)
    {
        var (last, at) = ((string?)null, "");
        foreach (var entry in metadata.Items("managedFields").Take(MostEntries))
        {
            if (entry.Text("manager") is { Length: > 0 } name && name != Names.FieldManager
                && entry.Text("time") is { } time && string.CompareOrdinal(time, at) >= 0 && Owns(entry.Member("fieldsV1"), path))
            {
                (last, at) = (name, time);
            }
        }

        return last is null ? null : new([.. last.Take(LongestName).Select(c => c is > ' ' and < '\x7f' ? c : '?')]);
    }

    /// <summary>The index of the operator's entry that owns the change-cause annotation, or null.</summary>
    public static int? EntryOfChangeCause(JsonElement? metadata)
    {
        foreach (var (index, entry) in metadata.Items("managedFields").Take(MostEntries).Index())
        {
            if (entry.Text("manager") == Names.FieldManager && Owns(entry.Member("fieldsV1"), ["metadata", "annotations", Names.ChangeCause]))
            {
                return index;
            }
        }

        return null;
    }

    private static bool Owns(JsonElement? fields, ImmutableArray<string> path)
    {
        foreach (var step in path)
        {
            fields = fields.Member("f:" + step);
        }

        return fields is not null;
    }
}
