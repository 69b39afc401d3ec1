using System.Collections.Immutable;

namespace RolloutOperator.Core;

/// <summary>One row of the table of kinds that can be enrolled.</summary>
/// <param name="Group">The API group, for example <c>apps</c>.</param>
/// <param name="Version">The API version, for example <c>v1</c>.</param>
/// <param name="Plural">The resource in paths, for example <c>deployments</c>.</param>
/// <param name="Kind">The kind, for example <c>Deployment</c>.</param>
/// <param name="TemplatePath">Where the pod template is, from the top of the object.</param>
public sealed record WorkloadKind(string Group, string Version, string Plural, string Kind, ImmutableArray<string> TemplatePath)
{
    /// <summary>Deployments of <c>apps/v1</c>.</summary>
    public static WorkloadKind Deployment { get; } = new("apps", "v1", "deployments", "Deployment", ["spec", "template"]);

    /// <summary>Every kind that is watched; a new kind is a row here.</summary>
    public static ImmutableArray<WorkloadKind> Table { get; } = [Deployment];

    /// <summary>The group and version as objects carry them, for example <c>apps/v1</c>.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";
}
