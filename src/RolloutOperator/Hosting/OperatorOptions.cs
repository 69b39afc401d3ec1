using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RolloutOperator.Core.Templates;
using RolloutOperator.Leadership;
using RolloutOperator.Registry;
using RolloutOperator.Serving;
using RolloutOperator.Watching;

namespace RolloutOperator.Hosting;

/// <summary>What one run of the operator was asked to do.</summary>
internal sealed record OperatorOptions
{
    /// <summary>The namespaces, kinds and workloads to watch.</summary>
    public required WatchScope Scope { get; init; }

    /// <summary>Whether every workload is enrolled that does not opt out.</summary>
    public bool Auto { get; init; }

    /// <summary>The label selector that enrols workloads instead of the label, or null.</summary>
    public string? WorkloadSelector { get; init; }

    /// <summary>Where the operator keeps its digest key and its Lease.</summary>
    public required string OperatorNamespace { get; init; }

    /// <summary>Whether workloads are left as they are, and only what would be done is told. Without an election: a dry run competes with nobody.</summary>
    public bool DryRun { get; init; }

    /// <summary>Whether replicas elect a leader; without an election, this process takes itself for the only replica.</summary>
    public required bool LeaderElect { get; init; }

    /// <summary>How the leader is elected.</summary>
    public required ElectionSettings Election { get; init; }

    /// <summary>The name of this installation, for others that share workloads with it; null for a dry run, which shares none.</summary>
    public string? Installation => DryRun ? null : $"{OperatorNamespace}/{Election.LeaseName}";

    /// <summary>How long a change must rest before it rolls a workload that does not say otherwise.</summary>
    public required TimeSpan Settle { get; init; }

    /// <summary>How long a rollout may stand still before it counts as failed.</summary>
    public required TimeSpan StallAfter { get; init; }

    /// <summary>The longest time between two complete lists of what is watched; zero for none after the first.</summary>
    public required TimeSpan ResyncPeriod { get; init; }

    /// <summary>Whether images are followed.</summary>
    public bool Images => Scope.Reading.Follows(SourceKind.Image);

    /// <summary>Whether Secrets are followed, and with them the digest key and pull secrets are used.</summary>
    public bool Secrets => Scope.Reading.Follows(SourceKind.Secret);

    /// <summary>From one check of a tag to the next.</summary>
    public required TimeSpan ImagePollInterval { get; init; }

    /// <summary>What is allowed and what is special, per registry.</summary>
    public required RegistrySettings Registries { get; init; }

    /// <summary>Where registries may say that an image was pushed.</summary>
    public PushNotificationOptions PushNotifications { get; init; } = new();

    /// <summary>Where traces go, as OTLP over HTTP; null for nowhere.</summary>
    public required Uri? Traces { get; init; }

    /// <summary>Where metrics and probes are served.</summary>
    public required ListenAddress Listen { get; init; }

    /// <summary>Whether only those may read the metrics whom the API server knows and allows it.</summary>
    public bool AuthenticateMetrics { get; init; }

    /// <summary>The least level that is logged.</summary>
    public required LogLevel LogLevel { get; init; }

    /// <summary>Whether logs are JSON lines rather than text for people.</summary>
    public required bool JsonLogs { get; init; }
}

/// <summary>Both or neither is given. A class and not a record, so that nothing prints its members.</summary>
internal sealed class PushNotificationOptions
{
    /// <summary>The address; null for none.</summary>
    public ListenAddress? Listen { get; init; }

    /// <summary>The secret that a notification must carry.</summary>
    public string? Secret { get; init; }
}

/// <summary>Finds options that do not fit together. Each failure names the options as they are on the command line.</summary>
internal sealed class OperatorOptionsValidator : IValidateOptions<OperatorOptions>
{
    private const int LongestIdentity = 253;

    public ValidateOptionsResult Validate(string? name, OperatorOptions options)
    {
        string[] failures = [.. Failures(options)];
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> Failures(OperatorOptions options)
    {
        var (scope, election) = (options.Scope, options.Election);
        if (scope.Namespaces.Count > 0 && scope.Selector is not null)
        {
            yield return "--namespace and --namespace-selector exclude each other: one names the namespaces, the other finds them.";
        }

        if (scope.Namespaces.Count > 0 && scope.Excluded.Count > 0)
        {
            yield return "--namespace and --exclude-namespace exclude each other: leave the namespace out of the list instead.";
        }

        if (options.Auto && options.WorkloadSelector is not null)
        {
            yield return "--auto and --workload-selector exclude each other: one enrols everything, the other what it finds.";
        }

        if (options.PushNotifications.Listen is null != options.PushNotifications.Secret is null)
        {
            yield return "--push-notifications-listen and --push-notifications-secret-file belong together: name both or neither.";
        }

        if (!new SourceRef(SourceKind.ConfigMap, election.LeaseName).CanExist)
        {
            yield return $"--lease-name \"{election.LeaseName}\": that is no name of a Lease; write lower-case letters, digits, \"-\" and \".\".";
        }

        if (election.Identity.Trim() != election.Identity || election.Identity.Length is 0 or > LongestIdentity)
        {
            yield return $"--identity: write a name of 1 to {LongestIdentity} characters, without spaces around it.";
        }

        if (election.Times.Problem is { } problem)
        {
            yield return problem;
        }
    }
}
