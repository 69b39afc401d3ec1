using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace RolloutOperator.Kubernetes;

/// <summary>
/// Builds requests and never sends them. URIs are relative, without a leading slash, so that a server behind a path
/// prefix works; every part from outside is escaped.
/// </summary>
public static class KubeRequest
{
    internal static readonly HttpRequestOptionsKey<string> Verb = new("kube.verb");
    internal static readonly HttpRequestOptionsKey<string> Resource = new("kube.resource");

    // The second choice is for aggregated API servers that cannot transform; the API server itself always can (since 1.15).
    private const string MetadataList = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

    // A watch sends single objects, so it asks for the single form, as client-go's metadata client does.
    private const string MetadataObject = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

    private const string Json = "application/json";

    /// <summary>GET of a collection, in one namespace or (null) in all.</summary>
    public static HttpRequestMessage List(ResourceType type, string? @namespace, ListOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        UriText uri = Collection(type, @namespace)
            .Query("labelSelector", options.LabelSelector)
            .Query("fieldSelector", options.FieldSelector)
            .Query("limit", options.Limit?.ToString(CultureInfo.InvariantCulture))
            .Query("continue", options.Continue);
        return Build(HttpMethod.Get, "list", type.Plural, uri, options.MetadataOnly ? MetadataList : Json);
    }

    /// <summary>GET of a collection's changes.</summary>
    public static HttpRequestMessage Watch(ResourceType type, string? @namespace, WatchOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        long seconds = Math.Max(1, (long)Math.Ceiling(options.Timeout.TotalSeconds));
        UriText uri = Collection(type, @namespace)
            .Query("watch", "true")
            .Query("allowWatchBookmarks", "true")
            .Query("resourceVersion", options.ResourceVersion)
            .Query("timeoutSeconds", seconds.ToString(CultureInfo.InvariantCulture))
            .Query("labelSelector", options.LabelSelector)
            .Query("fieldSelector", options.FieldSelector);
        return Build(HttpMethod.Get, "watch", type.Plural, uri, options.MetadataOnly ? MetadataObject : Json);
    }

    /// <summary>GET of one object.</summary>
    public static HttpRequestMessage Get(ResourceType type, string? @namespace, string name) =>
        Build(HttpMethod.Get, "get", type.Plural, Single(type, @namespace, name));

    /// <summary>PATCH of one object with a JSON merge patch (RFC 7386).</summary>
    public static HttpRequestMessage MergePatch(ResourceType type, string? @namespace, string name, ReadOnlyMemory<byte> body, string fieldManager) =>
        WithBody(Build(HttpMethod.Patch, "patch", type.Plural, Single(type, @namespace, name).Query("fieldManager", fieldManager)), body, "application/merge-patch+json");

    /// <summary>POST of a new object; without a field manager where nothing is stored.</summary>
    public static HttpRequestMessage Create(ResourceType type, string? @namespace, ReadOnlyMemory<byte> body, string? fieldManager) =>
        WithBody(Build(HttpMethod.Post, "create", type.Plural, Collection(type, @namespace).Query("fieldManager", fieldManager)), body, Json);

    /// <summary>PUT of an object; the <c>resourceVersion</c> in the body guards against writing over someone else's change.</summary>
    public static HttpRequestMessage Replace(ResourceType type, string? @namespace, string name, ReadOnlyMemory<byte> body, string fieldManager) =>
        WithBody(Build(HttpMethod.Put, "update", type.Plural, Single(type, @namespace, name).Query("fieldManager", fieldManager)), body, Json);

    /// <summary>DELETE of one object.</summary>
    public static HttpRequestMessage Delete(ResourceType type, string? @namespace, string name) =>
        Build(HttpMethod.Delete, "delete", type.Plural, Single(type, @namespace, name));

    /// <summary>GET of <c>/version</c>, which every authenticated user may read.</summary>
    public static HttpRequestMessage Version() => Build(HttpMethod.Get, "get", "version", new UriText("version"));

    private static UriText Single(ResourceType type, string? @namespace, string name) => Collection(type, @namespace).Segment(name);

    private static UriText Collection(ResourceType type, string? @namespace)
    {
        ArgumentNullException.ThrowIfNull(type);
        UriText uri = type.Group.Length == 0 ? new UriText("api") : new UriText("apis").Segment(type.Group);
        uri.Segment(type.Version);
        if (@namespace is not null)
        {
            uri.Segment("namespaces").Segment(@namespace);
        }

        return uri.Segment(type.Plural);
    }

    private static HttpRequestMessage Build(HttpMethod method, string verb, string resource, UriText uri, string accept = Json)
    {
        // Many watches share one connection in HTTP/2, and its pings find a dead one; over plain http it becomes 1.1.
        var request = new HttpRequestMessage(method, uri.ToUri()) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
        request.Headers.TryAddWithoutValidation("Accept", accept);
        request.Options.Set(Verb, verb);
        request.Options.Set(Resource, resource);
        return request;
    }

    private static HttpRequestMessage WithBody(HttpRequestMessage request, ReadOnlyMemory<byte> body, string contentType)
    {
        request.Content = new ReadOnlyMemoryContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        return request;
    }
}
