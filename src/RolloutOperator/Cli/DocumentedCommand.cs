using System.CommandLine;

namespace RolloutOperator.Cli;

/// <summary>A command with more to say in its help.</summary>
internal sealed class DocumentedCommand(string name, string description) : Command(name, description)
{
    /// <summary>Its options under their headings; those that are in no group follow them.</summary>
    public IReadOnlyList<OptionGroup> Groups { get; init; } = [];

    /// <summary>Command lines, and what each is for.</summary>
    public IReadOnlyList<Example> Examples { get; init; } = [];

    /// <summary>What else there is to know.</summary>
    public string? Note { get; init; }
}

/// <param name="Purpose">What it is for.</param>
/// <param name="Line">The command line.</param>
internal sealed record Example(string Purpose, string Line);
