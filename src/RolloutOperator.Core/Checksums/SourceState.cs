using System.Collections.Immutable;

namespace RolloutOperator.Core.Checksums;

/// <summary>What is known of a source at this moment: a closed set.</summary>
public abstract record SourceState
{
    private SourceState()
    {
    }

    /// <summary>Not read yet: nothing can be said.</summary>
    public static SourceState NotRead { get; } = new Unread();

    /// <summary>The version of the last change that is known, or unknown.</summary>
    public virtual ResourceVersion Changed => ResourceVersion.Unknown;

    /// <summary>
    /// A version at which this was true. A ledger that was written later may be based on a newer state.
    /// </summary>
    public ResourceVersion AsOf { get; init; }

    /// <summary>Whether both are equal apart from <see cref="AsOf"/>.</summary>
    public bool SaysSame(SourceState other) => this with { AsOf = other.AsOf } == other;

    /// <summary>Not read yet.</summary>
    public sealed record Unread : SourceState;

    /// <summary>The operator may not read it, or is not told of its changes. It is as unknown as an image that was not resolved, and blocks nothing.</summary>
    /// <param name="Detail">What is missing, for the person who can grant it.</param>
    public sealed record Forbidden(string Detail) : SourceState;

    /// <summary>There is no such object.</summary>
    /// <param name="Since">When it was deleted, if that was seen.</param>
    public sealed record Missing(ResourceVersion Since) : SourceState
    {
        /// <inheritdoc/>
        public override ResourceVersion Changed => Since;
    }

    /// <summary>An image. It never blocks a workload, even if its registry does not respond.</summary>
    /// <param name="Manifest">The digest of the manifest behind the tag, or null while it is not known.</param>
    /// <param name="Problem">A problem to report, as a half-sentence, or null.</param>
    public sealed record Image(string? Manifest, string? Problem = null) : SourceState
    {
        /// <summary>Nothing is known of it yet.</summary>
        public static Image Unknown { get; } = new(null as string);
    }

    /// <summary>The object was read.</summary>
    /// <param name="Content">A digest per key.</param>
    /// <param name="Since">A version at or after the last change of the content, and not after it was read.</param>
    /// <param name="Earlier">Contents it had before while being watched, newest first: they name the keys that changed.</param>
    public sealed record Present(SourceContent Content, ResourceVersion Since, ImmutableArray<EarlierContent> Earlier) : SourceState
    {
        /// <summary>The same of a Secret under each digest key, the present one first; nothing for a ConfigMap.</summary>
        public ImmutableArray<KeyedContent> Keyed { get; init; } = [];

        /// <summary>The content as the digest key gives it, or null when it was not read under that key.</summary>
        public SourceContent? Under(string keyId) => Keyed.IsEmpty ? Content : Keyed.FirstOrDefault(keyed => keyed.KeyId == keyId).Content;

        /// <summary>Whether nothing was there until <see cref="Since"/>: a pod that needs it can have read nothing else.</summary>
        public bool IsFirst { get; init; }

        /// <summary>Whether it is marked to be ignored: then it is no source of any workload, and only blocks one that lacks a key in it.</summary>
        public bool IsIgnored { get; init; }

        /// <summary>Whether it was not followed until now, and has not changed since: what it says is no change to a workload that does not know it.</summary>
        public bool IsNewlyFollowed { get; init; }

        /// <inheritdoc/>
        public override ResourceVersion Changed => Since;

        /// <summary>The oldest content that is known to have been there at this version or later.</summary>
        internal SourceContent ContentSince(ResourceVersion version) =>
            Earlier.LastOrDefault(earlier => earlier.Until.IsKnownAfter(version)).Content ?? Content;
    }
}

/// <summary>A content that a source had.</summary>
/// <param name="Content">A digest per key.</param>
/// <param name="Until">The version at which it was replaced.</param>
public readonly record struct EarlierContent(SourceContent Content, ResourceVersion Until);
