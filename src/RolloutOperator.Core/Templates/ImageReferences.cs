using System.Collections.Immutable;
using System.Text.Json;

namespace RolloutOperator.Core.Templates;

/// <summary>An image that is not followed.</summary>
/// <param name="Source">Which one.</param>
/// <param name="Reason">Why, as a half-sentence.</param>
public sealed record UnfollowedImage(SourceRef Source, string Reason);

/// <summary>An image that a pod of a template has.</summary>
/// <param name="Source">Its name.</param>
/// <param name="Text">The reference to it.</param>
/// <param name="Policy">The effective pull policy.</param>
internal readonly record struct ImageReference(SourceRef Source, string Text, string Policy);

/// <summary>
/// Finds the images of a template that a fresh pod would pull anew: those whose tag can move and whose pull policy is
/// <c>Always</c>. A restart changes nothing in what the others run.
/// </summary>
internal static class ImageReferences
{
    private const string Always = "Always";

    // Names of containers and volumes have no points.
    private const string OfVolume = "volume.";

    /// <summary>The images of containers, and of volumes that are mounted.</summary>
    public static IEnumerable<ImageReference> Of(IEnumerable<JsonElement?> containers, IEnumerable<JsonElement?> mounted) =>
        from image in containers.Select(container => Of(container.Text("name"), container.Text("image"), container.Text("imagePullPolicy")))
            .Concat(
                from volume in mounted
                let image = volume.Member("image")
                select Of(OfVolume + volume.Text("name"), image.Text("reference"), image.Text("pullPolicy")))
        where image.Text.Length > 0 && image.Source.CanExist
        select image;

    /// <summary>Adds them, unless they are not wanted.</summary>
    public static void Read(IEnumerable<ImageReference> images, Settings settings, bool wanted, SourceUseBuilder uses)
    {
        if (!wanted || settings.Images == false)
        {
            return;
        }

        foreach (var (source, image, policy) in images)
        {
            if (policy == Always && !ImageText.IsPinned(image))
            {
                uses.AddImage(source, image);
            }
        }
    }

    /// <summary>Those that are not followed though the workload asks for it, with the reason.</summary>
    public static ImmutableArray<UnfollowedImage> Unfollowed(IEnumerable<ImageReference> images, Settings settings, bool wanted)
    {
        if (settings.Images != true)
        {
            return [];
        }

        return
        [
            .. from each in images
               where !settings.Excludes(each.Source) && !ImageText.IsPinned(each.Text)
               let reason = !wanted ? "the operator was started with --images=off, or without images in --sources"
                   : each.Policy != Always ? $"its pull policy is {each.Policy}, so a new pod may run what its node has already; {Always} would change that"
                   : null
               where reason is not null
               select new UnfollowedImage(each.Source, reason),
        ];
    }

    private static ImageReference Of(string? name, string? text, string? policy) => new(
        new(SourceKind.Image, name ?? ""), text ?? "", policy is { Length: > 0 } ? policy : ImageText.DefaultPullPolicy(text ?? ""));
}

/// <summary>What the text of a container's field <c>image</c> says of itself. Whether it is a reference at all, others find out.</summary>
public static class ImageText
{
    private const string Latest = "latest";

    /// <summary>Whether a digest says which image it is, so that no push can change it.</summary>
    public static bool IsPinned(string text) => text.Contains('@', StringComparison.Ordinal);

    /// <summary>The pull policy that Kubernetes gives a container that states none.</summary>
    public static string DefaultPullPolicy(string text)
    {
        // A colon before the last slash is that of a port.
        var name = text[(text.LastIndexOf('/') + 1)..];
        var colon = name.IndexOf(':', StringComparison.Ordinal);
        return !IsPinned(text) && (colon < 0 || name[(colon + 1)..] == Latest) ? "Always" : "IfNotPresent";
    }
}
