using System.Collections.Immutable;
using System.Text.Json;
using System.Threading.Channels;
using RolloutOperator.Registry;
using RolloutOperator.Serving;

namespace RolloutOperator.Images;

/// <summary>
/// Reads push notifications of registries: of distribution, Azure Container Registry, Google Artifact Registry, Docker Hub, GHCR,
/// Harbor and Quay, and <c>{"image": "registry.example/app:1"}</c>. They are untrusted: they only trigger an earlier check, and digests in them
/// are not read.
/// </summary>
/// <param name="events">Receives the images that were pushed; null while images are not followed.</param>
internal sealed class PushNotificationReader(ChannelWriter<ImageEvent>? events) : IPushNotificationSink
{
    /// <summary>The largest number of images that one notification can name.</summary>
    public const int MostImages = 64;

    private const string Hub = "docker.io";
    private const string GitHub = "ghcr.io";

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 32 };

    /// <inheritdoc/>
    public bool Accept(ReadOnlyMemory<byte> notification)
    {
        var images = events is null ? [] : Read(notification);
        foreach (var image in images)
        {
            events!.TryWrite(new ImageEvent.ImagePushed(image));
        }

        return !images.IsEmpty;
    }

    /// <summary>The images that a notification names; none if it is not understood.</summary>
    internal static ImmutableArray<PushedImage> Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Options);
            return [.. AllFormats(document.RootElement).Distinct().Take(MostImages)];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // JsonElement throws the latter for text that is not Unicode.
            return [];
        }
    }

    private static IEnumerable<PushedImage> AllFormats(JsonElement root) =>
        [.. Plain(root), .. Distribution(root), .. Google(root), .. DockerHub(root), .. GitHubPackages(root), .. Harbor(root), .. Quay(root)];

    private static IEnumerable<PushedImage> Plain(JsonElement root) => OfReference(Text(root, "image"));

    // Azure Container Registry sends a single event without the list.
    private static IEnumerable<PushedImage> Distribution(JsonElement root) =>
        from each in Items(root, "events").Append(root)
        where Text(each, "action") == "push"
        let target = Member(each, "target")
        let tag = Text(target, "tag")
        where tag is { Length: > 0 }
        from image in Of(Text(Member(each, "request"), "host"), Text(target, "repository"), tag)
        select image;

    // A push subscription of Pub/Sub, which wraps the notification.
    private static IEnumerable<PushedImage> Google(JsonElement root)
    {
        if (Member(Member(root, "message"), "data") is not { ValueKind: JsonValueKind.String } data || !data.TryGetBytesFromBase64(out var json))
        {
            return [];
        }

        using var inner = JsonDocument.Parse(json, Options);
        return Text(inner.RootElement, "action") == "INSERT" ? [.. OfReference(Text(inner.RootElement, "tag"))] : [];
    }

    private static IEnumerable<PushedImage> DockerHub(JsonElement root) => Text(Member(root, "push_data"), "tag") is { Length: > 0 } tag
        ? OfReference($"{Hub}/{Text(Member(root, "repository"), "repo_name")}:{tag}")
        : [];

    // Packages are named as their owner wrote them; references are lower case.
    private static IEnumerable<PushedImage> GitHubPackages(JsonElement root) =>
        from package in (JsonElement?[])[Member(root, "package"), Member(root, "registry_package")]
        where string.Equals(Text(package, "package_type") ?? Text(package, "ecosystem"), "container", StringComparison.OrdinalIgnoreCase)
        let owner = Text(Member(package, "owner"), "login") ?? Text(package, "namespace")
        let tag = Text(Member(Member(Member(package, "package_version"), "container_metadata"), "tag"), "name")
        where tag is { Length: > 0 }
        from image in OfReference($"{GitHub}/{owner}/{Text(package, "name")}".ToLowerInvariant() + ":" + tag)
        select image;

    // Both formats: its own, and CloudEvents.
    private static IEnumerable<PushedImage> Harbor(JsonElement root) =>
        from data in (JsonElement?[])[Member(root, "event_data"), Member(root, "data")]
        from resource in Items(data, "resources")
        where Text(root, "type") is "PUSH_ARTIFACT" or "pushImage" or "harbor.artifact.pushed"
        from image in OfReference(Text(resource, "resource_url"))
        select image;

    private static IEnumerable<PushedImage> Quay(JsonElement root) =>
        from tag in Items(root, "updated_tags")
        where tag is { ValueKind: JsonValueKind.String }
        from image in OfReference($"{Text(root, "docker_url")}:{tag.Value.GetString()}")
        select image;

    private static IEnumerable<PushedImage> OfReference(string? text) =>
        ImageReference.TryParse(text, out var reference, out _) && !reference.IsPinned ? [new(reference.Domain, reference.Repository, reference.Tag)] : [];

    private static IEnumerable<PushedImage> Of(string? host, string? repository, string tag) =>
        repository is { Length: > 0 } ? [new(host, repository, tag)] : [];

    private static JsonElement? Member(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } o && o.TryGetProperty(name, out var value) ? value : null;

    private static string? Text(JsonElement? element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static IEnumerable<JsonElement?> Items(JsonElement? element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.Array } array ? [.. array.EnumerateArray().Select(item => (JsonElement?)item)] : [];
}

/// <summary>An image that a push notification names.</summary>
/// <param name="Host">The registry as the sender names it, or null.</param>
/// <param name="Repository">The repository.</param>
/// <param name="Tag">The tag, or null for every tag.</param>
internal sealed record PushedImage(string? Host, string Repository, string? Tag);
