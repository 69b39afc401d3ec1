using System.CommandLine;
using System.CommandLine.Parsing;
using System.Security.Cryptography;
using RolloutOperator.Leadership;
using static RolloutOperator.Cli.OptionTypes;

namespace RolloutOperator.Cli;

/// <summary>How replicas elect the one that acts.</summary>
internal static class ElectionFlags
{
    private static readonly Option<Toggle> LeaderElect = Switch(
        "--leader-elect",
        "Whether replicas elect a leader, the only one that acts, with a Lease in the operator's namespace. With false, run one replica only. Default: true.");

    private static readonly Option<string?> LeaseName = Text("--lease-name", "name", "The name of the Lease. Default: rollout-operator.");

    private static readonly Option<TimeSpan?> LeaseDuration = OfLease(
        "--lease-duration", LeaseTimes.Default.Duration, "How long the other replicas wait after the last renewal before one of them takes over, at most 5m.");

    private static readonly Option<TimeSpan?> RenewDeadline = OfLease(
        "--renew-deadline", LeaseTimes.Default.RenewDeadline, "How long a leader may act after its last renewal of the Lease; less than --lease-duration.");

    private static readonly Option<TimeSpan?> RetryPeriod = OfLease(
        "--retry-period", LeaseTimes.Default.RetryPeriod, "How often the leader renews the Lease, and how soon a failed request is retried.");

    private static readonly Option<string?> Identity = Text(
        "--identity", "name", "The name of this replica in the Lease. Default: $POD_NAME, else the host name and a random suffix.");

    public static OptionGroup Group { get; } = new("Leader election", LeaderElect, LeaseName, LeaseDuration, RenewDeadline, RetryPeriod, Identity);

    public static bool IsElected(CommandResult result) => result.GetValue(LeaderElect) == Toggle.On;

    public static ElectionSettings Read(CommandResult result, string @namespace)
    {
        var given = result.GetValue(Identity);
        var pod = Environment.GetEnvironmentVariable("POD_NAME") is { Length: > 0 } name ? name : null;
        return new(
            @namespace,
            result.GetValue(LeaseName) ?? "rollout-operator",
            given ?? pod ?? $"{Environment.MachineName}_{RandomNumberGenerator.GetHexString(8, lowercase: true)}",

            // Two processes can be given one name by mistake; a pod's name, and a random one, are unique.
            IsUnique: given is null,
            new(
                result.GetValue(LeaseDuration) ?? LeaseTimes.Default.Duration,
                result.GetValue(RenewDeadline) ?? LeaseTimes.Default.RenewDeadline,
                result.GetValue(RetryPeriod) ?? LeaseTimes.Default.RetryPeriod));
    }

    private static Option<TimeSpan?> OfLease(string name, TimeSpan unsaid, string description) =>
        Duration(name, $"{description} Default: {unsaid.TotalSeconds}s.", "500ms, 15s or 1m30s");
}
