using System.CommandLine;
using System.CommandLine.Parsing;
using static RolloutOperator.Cli.OptionTypes;

namespace RolloutOperator.Cli;

/// <summary>When workloads are rolled, and how rollouts are followed.</summary>
internal static class RolloutFlags
{
    private static readonly TimeSpan OneSecond = TimeSpan.FromSeconds(1);

    private static readonly Option<Toggle> DryRun = Flag(
        "--dry-run",
        "Decides, counts, logs and records Events as ever, each of them marked as a dry run, but writes nothing to any workload and makes no Secret. "
            + "Needs no right to patch, and no Lease: it takes no part in the election, and disturbs no other operator.");

    private static readonly Option<TimeSpan?> Settle = Duration(
        "--settle",
        "How long to wait after the last change before a workload is rolled, such as 500ms, 1s or 1m30s; 0 for immediately. Default: 1s.",
        "500ms, 1s or 1m30s, at most a day");

    private static readonly Option<TimeSpan?> StallAfter = Duration(
        "--stall-after",
        "How long a rollout may make no progress before it is reported as failed, such as 90s or 10m. Default: 10m.",
        "90s or 10m, at least 1s and at most a day",
        OneSecond);

    private static readonly Option<TimeSpan?> ResyncPeriod = Duration(
        "--resync-period",
        "The longest time between two complete lists of what is watched, which find changes that no watch reported; 0 for never. Default: 10h.",
        "30m or 10h, at most a day");

    public static OptionGroup Group { get; } = new("Rollouts", DryRun, Settle, StallAfter, ResyncPeriod);

    public static bool IsDryRun(CommandResult result) => result.GetValue(DryRun) == Toggle.On;

    public static TimeSpan ReadSettle(CommandResult result) => result.GetValue(Settle) ?? OneSecond;

    public static TimeSpan ReadStallAfter(CommandResult result) => result.GetValue(StallAfter) ?? TimeSpan.FromMinutes(10);

    public static TimeSpan ReadResyncPeriod(CommandResult result) => result.GetValue(ResyncPeriod) ?? TimeSpan.FromHours(10);
}
