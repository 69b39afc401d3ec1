using System.Collections.Immutable;
using System.Text.Json;

namespace RolloutOperator.Core.Templates;

/// <summary>An image that is not followed.</summary>
/// <param name="Source">Which one.</param>
/// <param name="Reason">Why, as a half-sentence.</param>
public sealed record UnfollowedImage(SourceRef Source, string Reason);

/// <summary>
/// Finds the images of a template that a fresh pod would pull anew: those whose tag can move and whose pull policy is
/// <c>Always</c>. A restart changes nothing in what the others run.
/// </summary>
internal static class ImageReferences
{
    private const string Always = "Always";

    /// <summary>Adds them, unless they are not wanted.</summary>
    public static void Read(IEnumerable<JsonElement?> containers, Settings settings, bool wanted, SourceUseBuilder uses)
    {
        if (!wanted || settings.Images == false)
        {
            return;
        }

        foreach (var (source, image, policy) in Images(containers))
        {
            if (policy == Always && !ImageText.IsPinned(image))
            {
                uses.AddImage(source, image);
            }
        }
    }

    /// <summary>Those that are not followed though the workload asks for it, with the reason.</summary>
    public static ImmutableArray<UnfollowedImage> Unfollowed(IEnumerable<JsonElement?> containers, Settings settings, bool wanted)
    {
        if (settings.Images != true)
        {
            return [];
        }

        return
        [
            .. from each in Images(containers)
               where !settings.Excludes(each.Source) && !ImageText.IsPinned(each.Image)
               let reason = !wanted ? "the option --sources of the operator lacks images"
                   : each.Policy != Always ? $"its pull policy is {each.Policy}, so a new pod may run what its node has already; {Always} would change that"
                   : null
               where reason is not null
               select new UnfollowedImage(each.Source, reason),
        ];
    }

    private static IEnumerable<(SourceRef Source, string Image, string Policy)> Images(IEnumerable<JsonElement?> containers) =>
        from container in containers
        let image = container.Text("image")
        let source = new SourceRef(SourceKind.Image, container.Text("name") ?? "")
        where image is { Length: > 0 } && source.CanExist
        select (source, image, Policy(container, image));

    private static string Policy(JsonElement? container, string image) =>
        container.Text("imagePullPolicy") is { Length: > 0 } stated ? stated : ImageText.DefaultPullPolicy(image);
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
