using System.CommandLine;
using System.CommandLine.Parsing;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli;

/// <summary>The options that say how rollouts are followed.</summary>
internal static class RolloutFlags
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Usual = TimeSpan.FromMinutes(10);

    private static readonly Option<TimeSpan?> StallAfter = new("--stall-after")
    {
        Description = "How long a rollout may make no progress before it is reported as failed, such as 90s or 10m. Default: 10m.",
        HelpName = "duration",
        CustomParser = Parse,
    };

    public static IEnumerable<Option> All => [StallAfter];

    public static TimeSpan Read(ParseResult parsed) => parsed.GetValue(StallAfter) ?? Usual;

    private static TimeSpan? Parse(ArgumentResult result)
    {
        if (!Duration.TryParse(result.Tokens[0].Value, out var duration) || duration < Shortest)
        {
            result.AddError($"--stall-after {result.Tokens[0].Value}: write a duration such as 90s or 10m, at least 1s and at most a day.");
        }

        return duration;
    }
}
