using System.Globalization;
using k8s.Models;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Deciding;

/// <summary>Checks of the cluster: its clock, the caller's rights, and webhooks in the way.</summary>
internal static class ClusterChecks
{
    private const string Any = "*";

    // The header has whole seconds, and the answer was on the way for a while.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    /// <param name="server">The time by the API server, or null.</param>
    /// <param name="local">The time here.</param>
    public static CheckReport Clock(DateTimeOffset? server, DateTimeOffset local)
    {
        const string Check = "Clock";
        if (server is null)
        {
            return new(Check, CheckResult.Skip, "cannot be told: the API server sends no Date");
        }

        var ahead = local - server.Value;
        return ahead.Duration() <= Tolerance
            ? CheckReport.Ok(Check, "this machine and the API server agree")
            : CheckReport.Warn(
                Check,
                string.Create(CultureInfo.InvariantCulture, $"this machine is {ahead.Duration().TotalSeconds:F0}s {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} the API server, so ages that are shown are wrong by that"),
                "Set the clock, for example by NTP. A token may be refused when the clocks differ by much.");
    }

    /// <param name="needs">What the commands read, and whether the caller may.</param>
    public static CheckReport Rights(IReadOnlyCollection<(ReadRight Right, bool IsAllowed)> needs)
    {
        const string Check = "Rights";
        ReadRight[] missing = [.. needs.Where(each => !each.IsAllowed).Select(each => each.Right)];
        if (missing.Length == 0)
        {
            return CheckReport.Ok(Check, $"you have all {needs.Count} that the commands use");
        }

        var message = "you lack " + string.Join("; ", missing.Select(right => $"{right}: {right.Otherwise}"));
        const string Remedy = "Ask for a Role with them. The commands answer without them as far as they can.";
        return missing.Any(right => right.IsEssential) ? CheckReport.Fail(Check, message, Remedy) : CheckReport.Warn(Check, message, Remedy);
    }

    /// <param name="configurations">The mutating webhooks of the cluster.</param>
    /// <param name="kinds">The kinds that the operator patches.</param>
    public static CheckReport Webhooks(IEnumerable<V1MutatingWebhookConfiguration> configurations, WorkloadKinds kinds)
    {
        const string Check = "Webhooks";
        var found = (from configuration in configurations
                     from webhook in configuration.Webhooks ?? []
                     where kinds.Rows.Any(kind => (webhook.Rules ?? []).Any(rule => Matches(rule, kind)))
                     select (Name: $"{configuration.Metadata.Name}/{webhook.Name}", IsStrict: webhook.FailurePolicy != "Ignore")).ToArray();
        string[] strict = [.. found.Where(each => each.IsStrict).Select(each => each.Name).Order(StringComparer.Ordinal)];
        return strict.Length > 0
            ? CheckReport.Warn(
                Check,
                $"mutating webhooks see each patch of a workload, and refuse it while they are down (failurePolicy Fail): {string.Join(", ", strict)}",
                $"If rollouts fail or are contended, look there first. They have to leave annotations that begin with {Names.Prefix} alone.")
            : CheckReport.Ok(Check, found.Length == 0 ? "no mutating webhook sees workloads" : $"{found.Length} mutating webhooks see workloads, and are skipped while they are down");
    }

    private static bool Matches(V1RuleWithOperations rule, WorkloadKind kind) =>
        Has(rule.ApiGroups, kind.Group) && Has(rule.ApiVersions, kind.Version) && Has(rule.Operations, "UPDATE")
        && (Has(rule.Resources, kind.Plural) || rule.Resources?.Contains("*/*") == true) && rule.Scope != "Cluster";

    private static bool Has(IList<string>? list, string wanted) => list is not null && (list.Contains(Any) || list.Contains(wanted));
}
