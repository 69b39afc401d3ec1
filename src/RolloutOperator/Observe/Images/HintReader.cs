using System.Collections.Immutable;
using System.Text.Json;
using RolloutOperator.Registry;

namespace RolloutOperator.Observe.Images;

/// <summary>
/// Finds in the notification of a registry which images it says were pushed. Pure, and believes nothing: a digest in it is
/// not read, and what is not understood is no hint. The forms are those of distribution, Docker Hub, GHCR, Harbor, Quay, and
/// <c>{"image": "registry.example/app:1"}</c>.
/// </summary>
internal static class HintReader
{
    /// <summary>One notification makes no more looks than this.</summary>
    public const int Most = 64;

    private const string Hub = "docker.io";
    private const string GitHub = "ghcr.io";

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 32 };

    public static ImmutableArray<ImageHint> Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Options);
            return [.. Hints(document.RootElement).Distinct().Take(Most)];
        }
        catch (JsonException)
        {
            return [];
        }
        catch (InvalidOperationException)
        {
            // What JsonElement says to text that is no Unicode.
            return [];
        }
    }

    private static IEnumerable<ImageHint> Hints(JsonElement root) =>
        [.. Plain(root), .. Distribution(root), .. DockerHub(root), .. GitHubPackages(root), .. Harbor(root), .. Quay(root)];

    private static IEnumerable<ImageHint> Plain(JsonElement root) => OfReference(Text(root, "image"));

    private static IEnumerable<ImageHint> Distribution(JsonElement root) =>
        from each in Items(root, "events")
        where Text(each, "action") == "push"
        let target = Member(each, "target")
        let tag = Text(target, "tag")
        where tag is { Length: > 0 }
        from hint in Of(Text(Member(each, "request"), "host"), Text(target, "repository"), tag)
        select hint;

    private static IEnumerable<ImageHint> DockerHub(JsonElement root) => Text(Member(root, "push_data"), "tag") is { Length: > 0 } tag
        ? OfReference($"{Hub}/{Text(Member(root, "repository"), "repo_name")}:{tag}")
        : [];

    // Names of packages are those of their owner as written; in references they are lower case.
    private static IEnumerable<ImageHint> GitHubPackages(JsonElement root) =>
        from package in (JsonElement?[])[Member(root, "package"), Member(root, "registry_package")]
        where string.Equals(Text(package, "package_type") ?? Text(package, "ecosystem"), "container", StringComparison.OrdinalIgnoreCase)
        let owner = Text(Member(package, "owner"), "login") ?? Text(package, "namespace")
        let tag = Text(Member(Member(Member(package, "package_version"), "container_metadata"), "tag"), "name")
        where tag is { Length: > 0 }
        from hint in OfReference($"{GitHub}/{owner}/{Text(package, "name")}".ToLowerInvariant() + ":" + tag)
        select hint;

    // As itself, and wrapped as a CloudEvent.
    private static IEnumerable<ImageHint> Harbor(JsonElement root) =>
        from data in (JsonElement?[])[Member(root, "event_data"), Member(root, "data")]
        from resource in Items(data, "resources")
        where Text(root, "type") is "PUSH_ARTIFACT" or "pushImage" or "harbor.artifact.pushed"
        from hint in OfReference(Text(resource, "resource_url"))
        select hint;

    private static IEnumerable<ImageHint> Quay(JsonElement root) =>
        from tag in Items(root, "updated_tags")
        where tag is { ValueKind: JsonValueKind.String }
        from hint in OfReference($"{Text(root, "docker_url")}:{tag.Value.GetString()}")
        select hint;

    private static IEnumerable<ImageHint> OfReference(string? text) =>
        ImageReference.TryParse(text, out var reference, out _) && !reference.IsPinned ? [new(reference.Domain, reference.Repository, reference.Tag)] : [];

    private static IEnumerable<ImageHint> Of(string? host, string? repository, string tag) =>
        repository is { Length: > 0 } ? [new(host, repository, tag)] : [];

    private static JsonElement? Member(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } o && o.TryGetProperty(name, out var value) ? value : null;

    private static string? Text(JsonElement? element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static IEnumerable<JsonElement?> Items(JsonElement? element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.Array } array ? [.. array.EnumerateArray().Select(item => (JsonElement?)item)] : [];
}
