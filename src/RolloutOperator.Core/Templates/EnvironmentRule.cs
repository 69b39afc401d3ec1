using System.Globalization;

namespace RolloutOperator.Core.Templates;

/// <summary>Which keys of a ConfigMap or Secret count for the environment of a container.</summary>
public enum EnvironmentRule
{
    /// <summary>Every key of <c>data</c> that nothing hides: a kubelet of 1.30 or later makes variables of them all.</summary>
    AnyName,

    /// <summary>Those of them that are names of variables: an earlier kubelet skips the others.</summary>
    ValidNames,

    /// <summary>Every key of an object. So did operators count that wrote no <c>sequence</c> in the ledger.</summary>
    EveryKey,
}

/// <summary>Which rule a cluster has.</summary>
public static class EnvironmentRules
{
    // Kubernetes 1.30 took the check out of the kubelet (KEP-4369).
    private const int Major = 1;
    private const int FirstMinorWithAnyName = 30;

    /// <summary>
    /// The rule of a cluster whose API server has this version, such as <c>v1.29.3</c>. No kubelet is newer than its API
    /// server. Older ones may be left behind it, and an unknown version may be any: then every key of <c>data</c> counts,
    /// since a rollout too many is better than pods that are left with an old value.
    /// </summary>
    public static EnvironmentRule Of(string? serverVersion) =>
        serverVersion?.TrimStart('v').Split('.') is [var major, var minor, ..]
        && int.TryParse(major, NumberStyles.None, CultureInfo.InvariantCulture, out var first) && first == Major
        && int.TryParse(minor.TrimEnd('+'), NumberStyles.None, CultureInfo.InvariantCulture, out var second) && second < FirstMinorWithAnyName
            ? EnvironmentRule.ValidNames
            : EnvironmentRule.AnyName;

    /// <summary>Whether every kubelet makes a variable of this name.</summary>
    public static bool IsValidName(string name) =>
        name.Length > 0 && name != "." && !name.StartsWith("..", StringComparison.Ordinal) && !char.IsAsciiDigit(name[0])
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_');
}
