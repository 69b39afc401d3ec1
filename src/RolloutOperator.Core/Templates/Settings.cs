using System.Collections.Immutable;

namespace RolloutOperator.Core.Templates;

/// <summary>What the workload's annotations ask for.</summary>
/// <param name="Include">Further sources, all keys each.</param>
/// <param name="Exclude">Sources that do not count; <c>image/*</c> stands for every image.</param>
/// <param name="Pause">Whether rollouts are held back.</param>
/// <param name="Settle">How long to wait for further changes before a rollout, or null for the operator's default.</param>
/// <param name="Problems">Annotations that could not be read.</param>
public sealed record Settings(
    ImmutableArray<SourceRef> Include,
    ImmutableArray<SourceRef> Exclude,
    bool Pause,
    TimeSpan? Settle,
    ImmutableArray<SettingsProblem> Problems)
{
    /// <summary>Whether its images are to be followed; null if unspecified.</summary>
    public bool? Images { get; init; }

    /// <summary>Reads the annotations.</summary>
    /// <param name="find">Gives the value of one, or null.</param>
    /// <param name="namespace">The namespace of the workload.</param>
    /// <param name="crossNamespace">Whether sources may be named with a namespace.</param>
    public static Settings Read(Func<string, string?> find, string @namespace, bool crossNamespace)
    {
        var problems = ImmutableArray.CreateBuilder<SettingsProblem>();
        var images = Switch(Names.Images, find(Names.Images), problems);
        return new(
            Sources(Names.Include, find(Names.Include), @namespace, crossNamespace, problems),
            Sources(Names.Exclude, find(Names.Exclude), @namespace, crossNamespace, problems),
            Flag(Names.Pause, find(Names.Pause), problems),
            Time(Names.Settle, find(Names.Settle), problems),
            problems.ToImmutable())
        {
            Images = images,
        };
    }

    /// <summary>Whether the exclude annotation removes the source.</summary>
    public bool Excludes(SourceRef source) =>
        Exclude.Contains(source) || (source.Kind == SourceKind.Image && Exclude.Contains(new SourceRef(SourceKind.Image, "*")));

    /// <inheritdoc/>
    public bool Equals(Settings? other) =>
        other is not null && Pause == other.Pause && Settle == other.Settle && Images == other.Images
        && Include.AsSpan().SequenceEqual(other.Include.AsSpan())
        && Exclude.AsSpan().SequenceEqual(other.Exclude.AsSpan())
        && Problems.AsSpan().SequenceEqual(other.Problems.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Include.Length, Exclude.Length, Pause, Settle, Problems.Length);

    private static ImmutableArray<SourceRef> Sources(
        string annotation, string? value, string @namespace, bool crossNamespace, ImmutableArray<SettingsProblem>.Builder problems)
    {
        var sources = ImmutableArray.CreateBuilder<SourceRef>();
        foreach (var part in (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (SourceRef.TryParse(part, out var source) && (annotation == Names.Exclude || source.Value.Kind != SourceKind.Image)
                && (source.Value.Name != "*" || source.Value.Kind == SourceKind.Image))
            {
                if (source.Value.Namespace is not null && !crossNamespace)
                {
                    problems.Add(new(annotation, part, "a source of the workload's own namespace, such as \"configmap/a\"; one of another namespace only if the operator is started with --allow-cross-namespace"));
                    continue;
                }

                // One object has one name, with or without its namespace.
                sources.Add(source.Value.Namespace == @namespace ? source.Value with { Namespace = null } : source.Value);
            }
            else
            {
                problems.Add(new(annotation, part, annotation == Names.Exclude
                    ? "a list such as \"configmap/a, secret/b, image/app\" (or \"image/*\")"
                    : "a list such as \"configmap/a, secret/b\""));
            }
        }

        return sources.ToImmutable();
    }

    // The safe reading of a value that is neither yes nor no is the one that restarts nothing.
    private static bool Flag(string annotation, string? value, ImmutableArray<SettingsProblem>.Builder problems)
    {
        if (value is not (null or "true" or "false"))
        {
            problems.Add(new(annotation, value, "\"true\" or \"false\""));
            return true;
        }

        return value == "true";
    }

    private static bool? Switch(string annotation, string? value, ImmutableArray<SettingsProblem>.Builder problems)
    {
        if (value is not (null or "on" or "off"))
        {
            problems.Add(new(annotation, value, "\"on\" or \"off\""));
            return false;
        }

        return value is null ? null : value == "on";
    }

    private static TimeSpan? Time(string annotation, string? value, ImmutableArray<SettingsProblem>.Builder problems)
    {
        if (value is null)
        {
            return null;
        }

        if (Duration.TryParse(value, out var time))
        {
            return time;
        }

        problems.Add(new(annotation, value, "a duration such as \"500ms\", \"5s\" or \"1m30s\", at most a day"));
        return null;
    }
}

/// <summary>An annotation that could not be read; the workload goes on with the safe default.</summary>
/// <param name="Annotation">The name of the annotation.</param>
/// <param name="Value">The part of its value that was not understood.</param>
/// <param name="Allowed">What is allowed, as a half-sentence.</param>
public sealed record SettingsProblem(string Annotation, string Value, string Allowed)
{
    private const int LongestQuote = 63;

    /// <summary>The value as messages quote it: cut short, and never between the halves of a character.</summary>
    public string Quote => Value.Length <= LongestQuote ? Value
        : Value[..(char.IsHighSurrogate(Value[LongestQuote - 1]) ? LongestQuote - 1 : LongestQuote)] + "…";
}
