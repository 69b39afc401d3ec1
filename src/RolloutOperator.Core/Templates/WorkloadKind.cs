using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace RolloutOperator.Core.Templates;

/// <summary>One row of the table of kinds that can be enrolled.</summary>
/// <param name="Group">The API group, for example <c>apps</c>; empty for the core group.</param>
/// <param name="Version">The API version, for example <c>v1</c>.</param>
/// <param name="Plural">The resource in paths, for example <c>deployments</c>.</param>
/// <param name="Kind">The kind, for example <c>Deployment</c>.</param>
/// <param name="TemplatePath">Where the pod template is, from the top of the object.</param>
public sealed record WorkloadKind(string Group, string Version, string Plural, string Kind, ImmutableArray<string> TemplatePath)
{
    private static readonly ImmutableArray<string> UsualPath = ["spec", "template"];

    /// <summary>Deployments of <c>apps/v1</c>.</summary>
    public static WorkloadKind Deployment { get; } = new("apps", "v1", "deployments", "Deployment", UsualPath) { Rule = RolloutRule.Deployment };

    /// <summary>StatefulSets of <c>apps/v1</c>.</summary>
    public static WorkloadKind StatefulSet { get; } = new("apps", "v1", "statefulsets", "StatefulSet", UsualPath) { Rule = RolloutRule.StatefulSet };

    /// <summary>DaemonSets of <c>apps/v1</c>.</summary>
    public static WorkloadKind DaemonSet { get; } = new("apps", "v1", "daemonsets", "DaemonSet", UsualPath) { Rule = RolloutRule.DaemonSet };

    /// <summary>How to read the state of a rollout from its objects.</summary>
    public RolloutRule Rule { get; init; } = RolloutRule.LikeDeployment;

    /// <summary>The group and version as objects carry them, for example <c>apps/v1</c>.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>The resource as people name it: <c>deployments</c>, or with its group where that is not <c>apps</c>.</summary>
    public string Resource => Group is "" or "apps" ? Plural : $"{Plural}.{Group}";

    /// <summary>The resources of which no object can be rolled, and why, as a clause.</summary>
    public static ImmutableDictionary<(string Group, string Plural), string> UnsuitableResources { get; } = new Dictionary<(string, string), string>
    {
        [("batch", "jobs")] = "the pod template of a Job cannot change (field is immutable), so a Job cannot be rolled; a CronJob can: batch/v1/cronjobs/CronJob:spec.jobTemplate.spec.template",
        [("", "pods")] = "a pod has no pod template, and is not replaced when it changes; enrol what creates it",
        [("apps", "controllerrevisions")] = "the data of a ControllerRevision cannot change; enrol the StatefulSet or DaemonSet",
    }.ToImmutableDictionary();

    /// <summary>Why no object of the kind can be rolled, as a clause; null if that is not known of it.</summary>
    public string? Unsuitable => UnsuitableResources.GetValueOrDefault((Group, Plural));

    /// <summary>Reads <c>GROUP/VERSION/RESOURCE/KIND[:PATH]</c>, for example <c>example.com/v1/widgets/Widget:spec.podTemplate</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out WorkloadKind? kind)
    {
        var (names, path) = text.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon
            ? (text[..colon], text[(colon + 1)..].Split('.'))
            : (text, [.. UsualPath]);
        kind = names.Split('/') is [var group, var version, var plural, var name]
            && (group.Length == 0 || group.Split('.').All(IsLabel)) && IsLabel(version) && IsLabel(plural)
            && name.Length > 0 && char.IsAsciiLetterUpper(name[0]) && name.All(char.IsAsciiLetterOrDigit)
            && path.All(step => step.Length > 0 && step.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
                ? new(group, version, plural, name, [.. path])
                : null;
        return kind is not null;
    }

    private static bool IsLabel(string text) =>
        text.Length > 0 && text[0] != '-' && text[^1] != '-'
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}

/// <summary>The table of kinds: those of Kubernetes, and those that were added by configuration.</summary>
public sealed class WorkloadKinds
{
    private readonly ImmutableDictionary<string, WorkloadKind> _byName;

    private WorkloadKinds(ImmutableArray<WorkloadKind> rows)
    {
        Rows = rows;
        _byName = rows.ToImmutableDictionary(row => row.Kind, StringComparer.Ordinal);
    }

    /// <summary>The kinds of Kubernetes itself.</summary>
    public static WorkloadKinds BuiltIn { get; } =
        new([WorkloadKind.Deployment, WorkloadKind.StatefulSet, WorkloadKind.DaemonSet]);

    /// <summary>Every kind that is watched.</summary>
    public ImmutableArray<WorkloadKind> Rows { get; }

    /// <summary>The kind of this name, which a workload of the store carries.</summary>
    public WorkloadKind this[string kind] => _byName[kind];

    /// <summary>
    /// Adds a row. Refuses a kind whose name is in use, because names of workloads contain it, and a resource that is in
    /// use, because each of its objects would be two workloads.
    /// </summary>
    public bool TryAdd(WorkloadKind kind, [NotNullWhen(true)] out WorkloadKinds? more)
    {
        more = Rows.Any(row => row.Kind == kind.Kind || (row.Group == kind.Group && row.Plural == kind.Plural))
            ? null
            : new(Rows.Add(kind));
        return more is not null;
    }
}
