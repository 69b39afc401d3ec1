using System.CommandLine;

namespace RolloutOperator.Cli;

/// <summary>Options that belong together.</summary>
/// <param name="Heading">Their heading in the help.</param>
/// <param name="Options">The options.</param>
internal sealed record OptionGroup(string Heading, params IReadOnlyList<Option> Options);
