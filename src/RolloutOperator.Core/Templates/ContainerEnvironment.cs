using System.Collections.Immutable;
using System.Text.Json;

namespace RolloutOperator.Core.Templates;

/// <summary>How the kubelet makes the environment of one container, as far as ConfigMaps and Secrets are concerned.</summary>
/// <param name="Steps">First <c>envFrom</c>, then <c>env</c>: a later step replaces what an earlier one has set.</param>
public sealed record ContainerEnvironment(ImmutableArray<EnvironmentStep> Steps)
{
    private static readonly (SourceKind Kind, string Member)[] References =
        [(SourceKind.ConfigMap, "configMap"), (SourceKind.Secret, "secret")];

    /// <summary>Reads a container of a template; null when nothing of its environment comes from a source.</summary>
    internal static ContainerEnvironment? Read(JsonElement? container, SourceUseBuilder uses)
    {
        ImmutableArray<EnvironmentStep> steps = [.. container.Items("envFrom").SelectMany(from => ReadAll(from, uses)), .. container.Items("env").SelectMany(variable => ReadOne(variable, uses))];
        return steps.All(step => step.Source is null) ? null : new(steps);
    }

    private static IEnumerable<EnvironmentStep> ReadAll(JsonElement? from, SourceUseBuilder uses)
    {
        var prefix = from.Text("prefix") ?? "";
        foreach (var (kind, member) in References)
        {
            if (from.Member(member + "Ref") is { } reference && reference.Text("name") is { Length: > 0 } name)
            {
                uses.AddEnvFrom(kind, name, prefix, !((JsonElement?)reference).IsTrue("optional"));
                yield return new EnvironmentStep.All(new(kind, name), prefix);
            }
        }
    }

    private static IEnumerable<EnvironmentStep> ReadOne(JsonElement? variable, SourceUseBuilder uses)
    {
        var (name, value, from) = (variable.Text("name") ?? "", variable.Text("value") ?? "", variable.Member("valueFrom"));
        var references = References.Where(r => from.Member(r.Member + "KeyRef") is not null).ToArray();
        if (value.Length > 0 || references.Length == 0)
        {
            // An optional fileKeyRef may set nothing, and so may what is not known here.
            yield return new EnvironmentStep.One(name, null, null)
            {
                IsCertain = value.Length > 0 || from is null || IsGiven(from, "fieldRef") || IsGiven(from, "resourceFieldRef")
                    || (from.Member("fileKeyRef") is { } file && !((JsonElement?)file).IsTrue("optional")),
                Expands = Expanded(value),
            };
        }

        foreach (var (kind, member) in references)
        {
            var reference = from.Member(member + "KeyRef");
            var required = !reference.IsTrue("optional");
            if (reference.Text("key") is { } key && reference.Text("name") is { Length: > 0 } source)
            {
                uses.AddVariable(kind, source, key, required);
                yield return new EnvironmentStep.One(name, new(kind, source), key) { IsCertain = required };
            }
        }
    }

    private static bool IsGiven(JsonElement? from, string member) => from.Member(member) is not null;

    /// <summary>The variables that a value names as <c>$(NAME)</c>; <c>$$(NAME)</c> is text.</summary>
    private static ImmutableArray<string> Expanded(string value)
    {
        var names = ImmutableArray.CreateBuilder<string>();
        for (var at = value.IndexOf('$', 0); at >= 0 && at + 1 < value.Length; at = value.IndexOf('$', at))
        {
            var end = value[at + 1] == '(' ? value.IndexOf(')', at) : -1;
            if (end > 0)
            {
                names.Add(value[(at + 2)..end]);
            }

            at = end > 0 ? end + 1 : at + 2;
        }

        return names.ToImmutable();
    }
}

/// <summary>One entry of <c>envFrom</c> or <c>env</c>.</summary>
/// <param name="Source">Where its value comes from, or null when that is none of ours.</param>
public abstract record EnvironmentStep(SourceRef? Source)
{
    /// <summary>An entry of <c>envFrom</c>.</summary>
    /// <param name="Of">The ConfigMap or Secret.</param>
    /// <param name="Prefix">What stands before each key in the name of its variable.</param>
    public sealed record All(SourceRef Of, string Prefix) : EnvironmentStep(Of);

    /// <summary>An entry of <c>env</c>.</summary>
    /// <param name="Name">The variable; an empty name is that of none.</param>
    /// <param name="Source">Where the value comes from.</param>
    /// <param name="Key">The key there.</param>
    public sealed record One(string Name, SourceRef? Source, string? Key) : EnvironmentStep(Source)
    {
        /// <summary>Whether there is no pod in which it sets nothing.</summary>
        public bool IsCertain { get; init; }

        /// <summary>Variables that its value takes over as they are before this step.</summary>
        public ImmutableArray<string> Expands { get; init; } = [];
    }
}
