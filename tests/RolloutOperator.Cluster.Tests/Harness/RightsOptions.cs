using Microsoft.Extensions.Logging;
using RolloutOperator.Core;
using RolloutOperator.Lead;
using RolloutOperator.Serve;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>The options from which the program derives the rights that it needs.</summary>
internal static class RightsOptions
{
    /// <param name="home">The operator's namespace.</param>
    /// <param name="namespaces">Those that it watches; none for all.</param>
    public static OperatorOptions Of(TestNamespace home, string[] namespaces) => new()
    {
        Endpoint = home.Cluster.Client.Endpoint,
        Scope = new() { Namespaces = namespaces, Excluded = [], Selector = null },
        Kinds = WorkloadKinds.BuiltIn,
        Reading = ReadingRules.Default,
        OperatorNamespace = home.Name,
        Election = new() { Enabled = true, LeaseName = "rollout-operator", Identity = "a", IsUnique = true, Times = LeaseTimes.Default },
        Images = new() { Enabled = true, PollInterval = TimeSpan.FromMinutes(5), Registries = Registry.RegistrySettings.Default },
        Settle = TimeSpan.FromSeconds(1),
        StallAfter = TimeSpan.FromMinutes(10),
        Traces = null,
        Listen = ListenAddress.Default,
        LogLevel = LogLevel.Information,
        JsonLogs = true,
    };
}
