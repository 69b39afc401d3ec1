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
        var settings = Settings.Read(name => annotations.Text(name), @namespace, rules.CrossNamespace);
        JsonElement? found = workload;
        foreach (var step in kind.TemplatePath)
        {
            found = found.Member(step);
        }

        var template = found ?? default;
        return new()
        {
            Ref = new(kind.Kind, @namespace, metadata.Text("name") ?? ""),
            Uid = metadata.Text("uid") ?? "",
            Version = metadata.Text("resourceVersion") ?? "",
            Enrolled = rules.Enrolment.Takes(metadata.Member("labels").Text(Names.Enabled)),
            Settings = settings,
            Sources = found is null ? [] : TemplateReferences.Read(template, settings, rules),
            Unfollowed = found is null ? [] : TemplateReferences.Unfollowed(template, settings, rules),
            Pull = PullSecrets.Read(found.Member("spec")),
            Template = found is null ? default : TemplateHash.OfWhole(template),
            TemplateOfOthers = found is null ? default : TemplateHash.OfOthers(template),
            Ledger = Ledger.Parse(annotations.Text(Names.Ledger)),
            TemplateRollout = Counter(found.Member("metadata").Member("annotations").Text(Names.Rollout)),
            TemplateChecksum = found.Member("metadata").Member("annotations").Text(Names.Checksum),
            IsNew = metadata.Member("generation") is not null && workload.Member("status").Member("observedGeneration") is null,
            Restraint = kind.Rule.Restraint(workload),
            Progress = kind.Rule.Progress(workload),
            LastManager = ManagedFields.LastOfTemplate(metadata, kind.TemplatePath),
            ChangeCause = annotations.Text(Names.ChangeCause),
        };
    }

    // A counter that nobody could have counted to is somebody's invention, and would overflow.
    private static int Counter(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= Ledger.MostRollouts ? count : 0;
}
