using System.Reflection;

namespace RolloutOperator.Kubernetes.Wire;

/// <summary>How we appear in the API server's audit log.</summary>
internal static class UserAgent
{
    public static string Value { get; } = "rollout-operator/" + Version();

    private static string Version()
    {
        string version = typeof(UserAgent).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
        int commit = version.IndexOf('+', StringComparison.Ordinal);
        return commit < 0 ? version : version[..commit];
    }
}
