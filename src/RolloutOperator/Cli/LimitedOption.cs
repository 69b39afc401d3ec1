using System.CommandLine;

namespace RolloutOperator.Cli;

/// <summary>What an option accepts, in a form that other parts of the product can check: the chart does.</summary>
/// <param name="Expected">What would be right, as a sentence.</param>
internal sealed record OptionLimit(string Expected)
{
    /// <summary>The values that it accepts, if it is a choice.</summary>
    public IReadOnlyList<string>? Values { get; init; }

    /// <summary>The regular expression of its values, if that is all there is to know.</summary>
    public string? Pattern { get; init; }

    /// <summary>The shortest and the longest that it accepts, if it is a duration.</summary>
    public (TimeSpan Shortest, TimeSpan Longest)? Duration { get; init; }
}

/// <summary>An option that knows what it accepts.</summary>
internal interface ILimitedOption
{
    public OptionLimit Limit { get; }
}

/// <inheritdoc cref="ILimitedOption"/>
internal sealed class LimitedOption<T>(string name, OptionLimit limit, params string[] aliases) : Option<T>(name, aliases), ILimitedOption
{
    public OptionLimit Limit => limit;
}
