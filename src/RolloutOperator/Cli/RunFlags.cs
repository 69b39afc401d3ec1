using System.CommandLine;
using System.CommandLine.Parsing;
using RolloutOperator.Hosting;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cli;

/// <summary>The options of <c>rollout-operator run</c>, and how they become <see cref="OperatorOptions"/>.</summary>
internal static class RunFlags
{
    public static IReadOnlyList<OptionGroup> Groups { get; } =
        [ConnectionFlags.Group, new("Configuration", ConfigurationFile.Option), ScopeFlags.Group, RolloutFlags.Group, ImageFlags.Group, ElectionFlags.Group, MonitoringFlags.Group];

    public static IEnumerable<Option> All => Groups.SelectMany(group => group.Options);

    /// <summary>Reports options that do not fit together.</summary>
    public static void Validate(CommandResult result)
    {
        OperatorOptions options;
        try
        {
            options = Read(result, endpoint: null);
        }
        catch (InvalidOperationException)
        {
            // A value that cannot be read is reported by its own option.
            return;
        }

        SourceFlags.Validate(result);
        foreach (var failure in new OperatorOptionsValidator().Validate(name: null, options).Failures ?? [])
        {
            result.AddError(failure);
        }
    }

    /// <param name="result">The command.</param>
    /// <param name="endpoint">The endpoint that the kubeconfig names; null while it has not been loaded.</param>
    public static OperatorOptions Read(CommandResult result, KubeEndpoint? endpoint)
    {
        var home = ConnectionFlags.NamespaceOf(result, endpoint);
        return new()
        {
            Scope = ScopeFlags.Read(result),
            Auto = ScopeFlags.IsAuto(result),
            WorkloadSelector = ScopeFlags.Selected(result),
            OperatorNamespace = home,
            DryRun = RolloutFlags.IsDryRun(result),
            LeaderElect = ElectionFlags.IsElected(result) && !RolloutFlags.IsDryRun(result),
            Election = ElectionFlags.Read(result, home),
            Settle = RolloutFlags.ReadSettle(result),
            StallAfter = RolloutFlags.ReadStallAfter(result),
            ResyncPeriod = RolloutFlags.ReadResyncPeriod(result),
            ImagePollInterval = ImageFlags.ReadPollInterval(result),
            Registries = ImageFlags.ReadRegistries(result),
            PushNotifications = ImageFlags.ReadPushNotifications(result),
            Traces = MonitoringFlags.ReadTraces(result),
            Listen = MonitoringFlags.ReadListen(result),
            AuthenticateMetrics = MonitoringFlags.AuthenticatesMetrics(result),
            LogLevel = MonitoringFlags.ReadLevel(result),
            JsonLogs = MonitoringFlags.LogsJson(result),
        };
    }
}
