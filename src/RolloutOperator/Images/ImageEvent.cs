using System.Collections.Immutable;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;
using RolloutOperator.Registry;
using RolloutOperator.Watching;

namespace RolloutOperator.Images;

/// <summary>What the <see cref="ImageTracker"/> handles.</summary>
internal abstract record ImageEvent
{
    private ImageEvent()
    {
    }

    /// <summary>A workload uses these images from now on. There are none when it is gone.</summary>
    public sealed record WorkloadImagesChanged(WorkloadRef Workload, ImmutableArray<ImageKey> Images) : ImageEvent;

    /// <summary>A Secret changed, or may have changed.</summary>
    public sealed record SecretChanged(SourceKey Secret) : ImageEvent;

    /// <summary>Changes of Secrets may have been missed, in one namespace or, if it is null, in all.</summary>
    public sealed record SecretChangesMissed(string? Namespace) : ImageEvent;

    /// <summary>A term of leadership started or ended.</summary>
    public sealed record LeadershipChanged(bool IsLeader) : ImageEvent;

    /// <summary>A push notification named an image.</summary>
    public sealed record ImagePushed(PushedImage Image) : ImageEvent;

    /// <summary>Pull credentials have been read.</summary>
    public sealed record CredentialsRead(PullCredentials Credentials, PullCredentialsContent Content) : ImageEvent;

    /// <summary>Pull credentials could not be read.</summary>
    public sealed record CredentialsNotRead(PullCredentials Credentials) : ImageEvent;

    /// <summary>A tag has been resolved, or could not be.</summary>
    /// <param name="Tag">The tag.</param>
    /// <param name="Term">The term in which the request was started. Results of an earlier term are ignored.</param>
    /// <param name="Resolution">The result.</param>
    public sealed record TagResolved(TrackedTag Tag, int Term, Resolution Resolution) : ImageEvent;
}

/// <summary>What the <see cref="ImageTracker"/> wants done, in this order.</summary>
internal abstract record ImageEffect
{
    private ImageEffect()
    {
    }

    /// <summary>Resolve the tag; then handle <see cref="ImageEvent.TagResolved"/> with the same term.</summary>
    public sealed record ResolveTag(TrackedTag Tag, int Term) : ImageEffect;

    /// <summary>
    /// Read the credentials after the delay; then handle <see cref="ImageEvent.CredentialsRead"/> or
    /// <see cref="ImageEvent.CredentialsNotRead"/>.
    /// </summary>
    public sealed record ReadCredentials(PullCredentials Credentials, TimeSpan Delay) : ImageEffect;

    /// <summary>Allow rejected credentials to be sent again.</summary>
    public sealed record ForgetRejections(ImageReference Reference, Keyring Keyring) : ImageEffect;

    /// <summary>Store the state of an image, or remove it if it is null: then no workload uses the image.</summary>
    public sealed record ImageChanged(ImageKey Image, SourceState.Image? State) : ImageEffect;
}
