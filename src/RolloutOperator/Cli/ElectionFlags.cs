using System.CommandLine;
using System.CommandLine.Parsing;
using System.Security.Cryptography;
using RolloutOperator.Core.Templates;
using RolloutOperator.Hosting;
using RolloutOperator.Leadership;

namespace RolloutOperator.Cli;

/// <summary>The options of the election among replicas.</summary>
internal static class ElectionFlags
{
    private static readonly Option<bool> LeaderElect = new("--leader-elect")
    {
        Description = "Whether replicas elect a leader, the only one that acts, with a Lease in the operator's namespace. With false, run one replica only. Default: true.",
        DefaultValueFactory = _ => true,
        HelpName = "true|false",
    };

    private static readonly Option<string?> LeaseName = new("--lease-name")
    {
        Description = "The name of the Lease. Default: rollout-operator.",
        HelpName = "name",
    };

    private static readonly Option<TimeSpan?> LeaseDuration = Length(
        "--lease-duration", LeaseTimes.Default.Duration, "How long the other replicas wait after the last renewal before one of them takes over, at most 5m.");

    private static readonly Option<TimeSpan?> RenewDeadline = Length(
        "--renew-deadline", LeaseTimes.Default.RenewDeadline, "How long a leader may act after its last renewal of the Lease; less than --lease-duration.");

    private static readonly Option<TimeSpan?> RetryPeriod = Length(
        "--retry-period", LeaseTimes.Default.RetryPeriod, "How often the leader renews the Lease, and how soon a failed request is retried.");

    private static readonly Option<string?> Identity = new("--identity")
    {
        Description = "The name of this replica in the Lease. Default: $POD_NAME, else the host name and a random suffix.",
        HelpName = "name",
    };

    public static IEnumerable<Option> All => [LeaderElect, LeaseName, LeaseDuration, RenewDeadline, RetryPeriod, Identity];

    public static ElectionOptions Read(ParseResult parsed)
    {
        var pod = Environment.GetEnvironmentVariable("POD_NAME") is { Length: > 0 } name ? name : null;
        var given = parsed.GetValue(Identity);
        return new()
        {
            Enabled = parsed.GetValue(LeaderElect),
            LeaseName = parsed.GetValue(LeaseName) ?? "rollout-operator",
            Identity = given ?? pod ?? $"{Environment.MachineName}_{RandomNumberGenerator.GetHexString(8, lowercase: true)}",

            // Two processes can be given one name by mistake; a pod's name, and chance, are no one else's.
            IsUnique = given is null,
            Times = Times(option => parsed.GetValue(option)),
        };
    }

    /// <summary>What is wrong with the values, each by itself or all together.</summary>
    public static void Check(CommandResult result)
    {
        if (Said(result, LeaseName) is { } lease && !new SourceRef(SourceKind.ConfigMap, lease).CanExist)
        {
            result.AddError($"--lease-name \"{lease}\": that is no name of a Lease; write lower-case letters, digits, \"-\" and \".\".");
        }

        if (Said(result, Identity) is { } identity && (identity.Trim() != identity || identity.Length is 0 or > 253))
        {
            result.AddError("--identity: write a name of 1 to 253 characters, without spaces around it.");
        }

        // A duration that cannot be read is told of by its option, and asking for its value would throw.
        Option<TimeSpan?>[] lengths = [LeaseDuration, RenewDeadline, RetryPeriod];
        if (lengths.All(option => Said(result, option) is not { } text || Duration.TryParse(text, out _))
            && Times(option => result.GetValue(option)).Problem is { } problem)
        {
            result.AddError(problem);
        }
    }

    private static string? Said(CommandResult result, Option option) =>
        result.GetResult(option)?.Tokens is { Count: > 0 } tokens ? tokens[0].Value : null;

    private static LeaseTimes Times(Func<Option<TimeSpan?>, TimeSpan?> value) => new(
        value(LeaseDuration) ?? LeaseTimes.Default.Duration,
        value(RenewDeadline) ?? LeaseTimes.Default.RenewDeadline,
        value(RetryPeriod) ?? LeaseTimes.Default.RetryPeriod);

    private static Option<TimeSpan?> Length(string name, TimeSpan unsaid, string description) => new(name)
    {
        Description = $"{description} Default: {unsaid.TotalSeconds}s.",
        HelpName = "duration",
        CustomParser = result =>
        {
            if (Duration.TryParse(result.Tokens[0].Value, out var duration))
            {
                return duration;
            }

            result.AddError($"{name} {result.Tokens[0].Value}: write a duration such as 500ms, 15s or 1m30s.");
            return null;
        },
    };
}
