using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Checksums;

/// <summary>Tells the annotations of a ServiceAccount that say something to its pods from those by which tools keep their books.</summary>
internal static class AccountAnnotations
{
    // Each with its subdomains. What kubectl and controllers write there changes with each apply or sync, and no pod reads it.
    private static readonly string[] Tools =
    [
        "kubectl.kubernetes.io", "helm.sh", "argoproj.io", "fluxcd.io", "config.kubernetes.io", "config.k8s.io", "cattle.io",
        "openshift.io", "k14s.io", Names.Prefix.TrimEnd('/'),
    ];

    /// <summary>Whether the annotation is one of tools. It matters to no pod.</summary>
    public static bool IsOfTools(string name) =>
        name.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash
        && Array.Exists(Tools, tool => slash >= tool.Length && name.AsSpan(slash - tool.Length, tool.Length).SequenceEqual(tool)
            && (slash == tool.Length || name[slash - tool.Length - 1] == '.'));
}
