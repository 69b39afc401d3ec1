using System.Runtime.InteropServices;
using RolloutOperator.Core;

namespace RolloutOperator.Observe.Images;

/// <summary>
/// An image as a namespace may ask for it: by its text, with the credentials that the kubelet would take. All containers
/// with the same claim are answered together.
/// </summary>
/// <param name="Text">The text of the field <c>image</c>.</param>
/// <param name="Purse">Where the credentials are.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ImageClaim(string Text, PurseName Purse)
{
    /// <summary>The claim of a container, or null for a source that is no image.</summary>
    public static ImageClaim? Of(Workload workload, SourceUse use) =>
        use.Image is { } text ? new(text, PurseName.Of(workload.Ref.Namespace, workload.Pull)) : null;

    /// <summary>The claims of a workload, each once.</summary>
    public static IEnumerable<ImageClaim> Of(Workload workload) =>
        workload.Sources.Select(use => Of(workload, use)).OfType<ImageClaim>().Distinct();
}

/// <summary>Names the credentials of some pods: they come from one namespace, and are never used for another one.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Secrets">The Secrets, and the account that counts when there are none.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PurseName(string Namespace, PullSecrets Secrets)
{
    public static PurseName Of(string @namespace, PullSecrets pull) =>
        new(@namespace, pull.Names.IsEmpty ? pull : pull with { Account = "" });
}
