namespace RolloutOperator.Cli.Output;

/// <summary>What <c>pause</c>, <c>resume</c>, <c>approve</c> and <c>adopt</c> did.</summary>
internal sealed record AnnotationReport
{
    public required string Kind { get; init; }

    public required string Namespace { get; init; }

    public required string Name { get; init; }

    /// <summary>The annotation of the workload.</summary>
    public required string Annotation { get; init; }

    /// <summary>Its value now, or what it would be without a dry run; null when it is not there.</summary>
    public string? Value { get; init; }

    /// <summary>Whether that is a change.</summary>
    public required bool Changed { get; init; }

    /// <summary>Whether something was written.</summary>
    public required DryRun DryRun { get; init; }

    /// <summary>What happens next, as sentences.</summary>
    public required IReadOnlyList<string> Next { get; init; }
}

/// <summary>How far a write goes, as kubectl has it.</summary>
internal enum DryRun
{
    /// <summary>It is written.</summary>
    None,

    /// <summary>Nothing is sent.</summary>
    Client,

    /// <summary>The API server checks it, and stores nothing.</summary>
    Server,
}
