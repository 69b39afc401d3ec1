using System.Reflection;

namespace RolloutOperator.Registry.Wire;

/// <summary>How we appear in the logs of a registry.</summary>
internal static class UserAgent
{
    public static string Value { get; } = "rollout-operator/" + Version();

    private static string Version()
    {
        var version = typeof(UserAgent).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
        var commit = version.IndexOf('+', StringComparison.Ordinal);
        return commit < 0 ? version : version[..commit];
    }
}
