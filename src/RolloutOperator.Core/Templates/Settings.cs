using System.Collections.Immutable;

namespace RolloutOperator.Core.Templates;

/// <summary>What the workload's annotations ask for.</summary>
/// <param name="Include">Further sources, all keys each.</param>
/// <param name="Exclude">Sources that do not count.</param>
/// <param name="Pause">Whether rollouts are held back.</param>
/// <param name="Settle">How long to wait for further changes before a rollout, or null for the operator's default.</param>
/// <param name="Problems">Annotations that could not be read.</param>
public sealed record Settings(
    ImmutableArray<SourceRef> Include,
    ImmutableArray<SourcePattern> Exclude,
    bool Pause,
    TimeSpan? Settle,
    ImmutableArray<SettingsProblem> Problems)
{
    private const string IncludeForm = "a list such as configmap/a, secret/b, serviceaccount/c";
    private const string ExcludeForm = "a list such as configmap/a, secret/b, image/app, with * in names for any characters, such as configmap/*";
    private const string NoPattern = $"; names with * are for {Names.Exclude}";
    private const string OwnNamespace =
        "a source of the workload's own namespace, such as configmap/a; one of another namespace only if the operator is started with --allow-cross-namespace";

    /// <summary>Whether its images are to be followed; null if unspecified.</summary>
    public bool? Images { get; init; }

    /// <summary>Whether a rollout takes an approval.</summary>
    public bool NeedsApproval { get; init; }

    /// <summary>The checksum of the state that is approved, or null.</summary>
    public string? Approved { get; init; }

    /// <summary>The state that its pods are to be taken to have read, or null.</summary>
    public AdoptRequest? Adopt { get; init; }

    /// <summary>Reads the annotations.</summary>
    /// <param name="find">Gives the value of one, or null.</param>
    /// <param name="namespace">The namespace of the workload.</param>
    /// <param name="rules">Which kinds are followed, and whether sources may be named with a namespace.</param>
    public static Settings Read(Func<string, string?> find, string @namespace, ReadingRules rules)
    {
        var problems = ImmutableArray.CreateBuilder<SettingsProblem>();
        var images = Switch(Names.Images, find(Names.Images), problems);
        var approval = Approval(find(Names.Approval), problems);
        var adopt = Request(find(Names.Adopt), problems);
        return new(
            Included(find(Names.Include), @namespace, rules, problems),
            Excluded(find(Names.Exclude), @namespace, rules, problems),
            Flag(Names.Pause, find(Names.Pause), problems),
            Time(Names.Settle, find(Names.Settle), problems),
            problems.ToImmutable())
        {
            Images = images,
            NeedsApproval = approval,
            Approved = find(Names.Approved),
            Adopt = adopt,
        };
    }

    /// <summary>Whether the exclude annotation removes the source.</summary>
    public bool Excludes(SourceRef source) => Exclude.Any(pattern => pattern.Matches(source));

    /// <inheritdoc/>
    public bool Equals(Settings? other) =>
        other is not null && Pause == other.Pause && Settle == other.Settle && Images == other.Images && Adopt == other.Adopt
        && NeedsApproval == other.NeedsApproval && Approved == other.Approved
        && Include.AsSpan().SequenceEqual(other.Include.AsSpan())
        && Exclude.AsSpan().SequenceEqual(other.Exclude.AsSpan())
        && Problems.AsSpan().SequenceEqual(other.Problems.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Include.Length, Exclude.Length, Pause, Settle, Problems.Length);

    private static ImmutableArray<SourceRef> Included(string? value, string @namespace, ReadingRules rules, ImmutableArray<SettingsProblem>.Builder problems)
    {
        var sources = ImmutableArray.CreateBuilder<SourceRef>();
        foreach (var part in Parts(value))
        {
            var problem = !SourceRef.TryParse(part, out var read) || read.Value.Kind == SourceKind.Image ? IncludeForm + (part.Contains('*', StringComparison.Ordinal) ? NoPattern : "")
                : read.Value.Namespace is not null && !rules.CrossNamespace ? OwnNamespace
                : !rules.Follows(read.Value.Kind) ? $"a source of a kind that the operator follows: its option --sources lacks {read.Value.Kind.Plural()}"
                : null;
            if (problem is not null)
            {
                problems.Add(new(Names.Include, part, problem));
            }
            else if (read is { } source)
            {
                sources.Add(source.Namespace == @namespace ? source with { Namespace = null } : source);
            }
        }

        return sources.ToImmutable();
    }

    private static ImmutableArray<SourcePattern> Excluded(string? value, string @namespace, ReadingRules rules, ImmutableArray<SettingsProblem>.Builder problems)
    {
        var sources = ImmutableArray.CreateBuilder<SourcePattern>();
        foreach (var part in Parts(value))
        {
            if (!SourcePattern.TryParse(part, out var read))
            {
                problems.Add(new(Names.Exclude, part, ExcludeForm));
            }
            else if (read.Namespace is not null && !rules.CrossNamespace)
            {
                problems.Add(new(Names.Exclude, part, OwnNamespace));
            }
            else
            {
                sources.Add(read.Namespace == @namespace ? read with { Namespace = null } : read);
            }
        }

        return sources.ToImmutable();
    }

    private static string[] Parts(string? value) => (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    // The safe reading of a value that is neither yes nor no is the one that restarts nothing.
    private static bool Flag(string annotation, string? value, ImmutableArray<SettingsProblem>.Builder problems)
    {
        if (value is not (null or "true" or "false"))
        {
            problems.Add(new(annotation, value, "true or false"));
            return true;
        }

        return value == "true";
    }

    private static bool? Switch(string annotation, string? value, ImmutableArray<SettingsProblem>.Builder problems)
    {
        if (value is not (null or "on" or "off"))
        {
            problems.Add(new(annotation, value, "on or off"));
            return false;
        }

        return value is null ? null : value == "on";
    }

    // As with a pause, the safe reading is the one that restarts nothing.
    private static bool Approval(string? value, ImmutableArray<SettingsProblem>.Builder problems)
    {
        if (value is not (null or "required"))
        {
            problems.Add(new(Names.Approval, value, "required"));
        }

        return value is not null;
    }

    private static AdoptRequest? Request(string? value, ImmutableArray<SettingsProblem>.Builder problems)
    {
        AdoptRequest? request = null;
        if (value is not null && !AdoptRequest.TryParse(value, out request))
        {
            problems.Add(new(Names.Adopt, value, "what kubectl rollout-operator adopt writes"));
        }

        return request;
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

        problems.Add(new(annotation, value, "a duration such as 500ms, 5s or 1m30s, at most a day"));
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
