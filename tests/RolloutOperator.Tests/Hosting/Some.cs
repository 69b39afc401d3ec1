using Microsoft.Extensions.Logging;
using RolloutOperator.Core.Templates;
using RolloutOperator.Hosting;
using RolloutOperator.Leadership;
using RolloutOperator.Serving;

namespace RolloutOperator.Tests.Hosting;

internal static class Some
{
    /// <summary>The options of an operator that was told nothing but the namespaces.</summary>
    internal static OperatorOptions Options(params string[] namespaces) => new()
    {
        Scope = new() { Namespaces = namespaces, Excluded = [], Selector = null, Kinds = WorkloadKinds.BuiltIn, Reading = ReadingRules.Default },
        OperatorNamespace = "rollout-operator",
        LeaderElect = true,
        Election = new("rollout-operator", "rollout-operator", "a", IsUnique: true, LeaseTimes.Default),
        Settle = TimeSpan.FromSeconds(1),
        ResyncPeriod = TimeSpan.FromHours(10),
        StallAfter = TimeSpan.FromMinutes(10),
        ImagePollInterval = TimeSpan.FromMinutes(5),
        Registries = RolloutOperator.Registry.RegistrySettings.Default,
        Traces = null,
        Listen = ListenAddress.Default,
        LogLevel = LogLevel.Information,
        JsonLogs = true,
    };
}
