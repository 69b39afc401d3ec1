using RolloutOperator.Core;
using RolloutOperator.Registry;

namespace RolloutOperator.Observe.Images;

/// <summary>Tells tags apart: two namespaces share one only if they ask for it as the same one.</summary>
internal readonly record struct TagName(string Reference, string Identity);

/// <summary>One tag that is looked at, as one identity sees it.</summary>
internal sealed class Tag(TagName name, ImageReference reference, Keyring keyring)
{
    public TagName Name { get; } = name;

    public ImageReference Reference { get; } = reference;

    public Keyring Keyring { get; } = keyring;

    /// <summary>Who waits for what is found.</summary>
    public HashSet<Claimed> Claims { get; } = [];

    public TagWatch State { get; set; } = TagWatch.New;

    /// <summary>Whether somebody is looking now.</summary>
    public bool Looking { get; set; }

    /// <summary>Whether to look once more right after that.</summary>
    public bool Again { get; set; }

    /// <summary>Whether somebody has said that it was pushed, and no look that began after that was answered yet.</summary>
    public bool Hinted { get; set; }

    /// <summary>When it was last looked at.</summary>
    public TimeSpan? LookedAt { get; set; }

    /// <summary>Which entry of the agenda counts: older ones were overtaken.</summary>
    public long Turn { get; set; }
}

/// <summary>One claim, and who makes it.</summary>
internal sealed class Claimed(ImageClaim claim, ImageReference reference, Purse purse)
{
    public ImageClaim Claim { get; } = claim;

    public ImageReference Reference { get; } = reference;

    public Purse Purse { get; } = purse;

    public HashSet<WorkloadRef> Users { get; } = [];

    public Tag? Tag { get; set; }
}
