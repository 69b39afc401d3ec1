using System.Text.Json;
using System.Text.RegularExpressions;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Cluster;

/// <summary>Applies label selectors to objects that the API server does not have (Kubernetes: "Labels and Selectors").</summary>
internal static partial class LabelSelector
{
    private const int TimeoutMilliseconds = 1000;

    /// <exception cref="CommandException">It is no label selector.</exception>
    public static bool Matches(string selector, JsonElement? labels) =>
        Requirements().Split(selector).Where(part => part.Trim().Length > 0).All(part => Meets(part.Trim(), labels));

    private static bool Meets(string requirement, JsonElement? labels)
    {
        if (Set().Match(requirement) is { Success: true } set)
        {
            var isIn = labels.Text(set.Groups["key"].Value) is { } value && set.Groups["values"].Value.Split(',', StringSplitOptions.TrimEntries).Contains(value);
            return isIn == (set.Groups["operator"].Value == "in");
        }

        if (Equality().Match(requirement) is { Success: true } equality)
        {
            return (labels.Text(equality.Groups["key"].Value) == equality.Groups["value"].Value) == (equality.Groups["operator"].Value != "!=");
        }

        return Existence().Match(requirement) is { Success: true } existence
            ? (labels.Text(existence.Groups["key"].Value) is null) == (existence.Groups["not"].Length > 0)
            : throw new CommandException($"\"{requirement}\" is no label selector");
    }

    // At commas that are not in parentheses.
    [GeneratedRegex(@",(?![^(]*\))", RegexOptions.ExplicitCapture, TimeoutMilliseconds)]
    private static partial Regex Requirements();

    [GeneratedRegex(@"^(?<key>[\w./-]+)\s+(?<operator>in|notin)\s*\((?<values>[^)]*)\)$", RegexOptions.ExplicitCapture, TimeoutMilliseconds)]
    private static partial Regex Set();

    [GeneratedRegex(@"^(?<key>[\w./-]+)\s*(?<operator>==|=|!=)\s*(?<value>[\w.-]*)$", RegexOptions.ExplicitCapture, TimeoutMilliseconds)]
    private static partial Regex Equality();

    [GeneratedRegex(@"^(?<not>!?)\s*(?<key>[\w./-]+)$", RegexOptions.ExplicitCapture, TimeoutMilliseconds)]
    private static partial Regex Existence();
}
