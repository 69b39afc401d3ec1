using System.Collections.Immutable;
using RolloutOperator.Core;
using RolloutOperator.Registry;

namespace RolloutOperator.Observe.Images;

/// <summary>What the one writer of the images is told.</summary>
internal abstract record ImageNews
{
    private ImageNews()
    {
    }

    /// <summary>These are the images of a workload from now on; none when it is gone.</summary>
    public sealed record Used(WorkloadRef Workload, ImmutableArray<ImageClaim> Claims) : ImageNews;

    /// <summary>A Secret changed, or may have changed.</summary>
    public sealed record Rang(SourceKey Secret) : ImageNews;

    /// <summary>Changes of Secrets in a namespace, or in all of them, may have gone unheard.</summary>
    public sealed record Missed(string? Namespace) : ImageNews;

    /// <summary>This process leads from now on, or does so no more.</summary>
    public sealed record Leads(bool Yes) : ImageNews;

    /// <summary>Somebody says that an image was pushed.</summary>
    public sealed record Hinted(ImageHint Hint) : ImageNews;

    /// <summary>Somebody wants to know what is known.</summary>
    public sealed record Asked(TaskCompletionSource<ImageReport> Answer) : ImageNews;

    /// <summary>The credentials of a namespace have been read.</summary>
    public sealed record Opened(Purse Purse, PurseContent Content) : ImageNews;

    /// <summary>A look at a tag has come to an end.</summary>
    /// <param name="Tag">The tag.</param>
    /// <param name="Term">The term in which the look began: what belongs to an earlier one is old.</param>
    /// <param name="Answer">What came of it.</param>
    public sealed record Answered(Tag Tag, int Term, Resolution Answer) : ImageNews;
}

/// <summary>An image that somebody says was pushed. Nothing in it is believed: it only says where to look.</summary>
/// <param name="Host">The registry as the sender knows it, or null.</param>
/// <param name="Repository">The repository.</param>
/// <param name="Tag">The tag, or null for every one.</param>
internal sealed record ImageHint(string? Host, string Repository, string? Tag);
