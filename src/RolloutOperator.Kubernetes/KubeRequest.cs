using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

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

    // A watch sends single objects, so it asks for the single form; the list form is answered with 406.
    private const string MetadataObject = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

    private const string Json = "application/json";

    /// <summary>GET of a collection, in one namespace or (null) in all.</summary>
    public static HttpRequestMessage List(ResourceType type, string? @namespace, ListOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        StringBuilder uri = Collection(type, @namespace);
        Query(uri, "labelSelector", options.LabelSelector);
        Query(uri, "fieldSelector", options.FieldSelector);
        Query(uri, "limit", options.Limit?.ToString(CultureInfo.InvariantCulture));
        Query(uri, "continue", options.Continue);
        return Build(HttpMethod.Get, "list", type, uri, options.MetadataOnly ? MetadataList : Json);
    }

    /// <summary>GET of a collection's changes.</summary>
    public static HttpRequestMessage Watch(ResourceType type, string? @namespace, WatchOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        long seconds = Math.Max(1, (long)Math.Ceiling(options.Timeout.TotalSeconds));
        StringBuilder uri = Collection(type, @namespace);
        Query(uri, "watch", "true");
        Query(uri, "allowWatchBookmarks", "true");
        Query(uri, "resourceVersion", options.ResourceVersion);
        Query(uri, "timeoutSeconds", seconds.ToString(CultureInfo.InvariantCulture));
        Query(uri, "labelSelector", options.LabelSelector);
        Query(uri, "fieldSelector", options.FieldSelector);
        return Build(HttpMethod.Get, "watch", type, uri, options.MetadataOnly ? MetadataObject : Json);
    }

    /// <summary>GET of one object.</summary>
    public static HttpRequestMessage Get(ResourceType type, string? @namespace, string name) =>
        Build(HttpMethod.Get, "get", type, Single(type, @namespace, name), Json);

    /// <summary>PATCH of one object with a JSON merge patch (RFC 7386).</summary>
    public static HttpRequestMessage MergePatch(ResourceType type, string? @namespace, string name, ReadOnlyMemory<byte> body, string fieldManager)
    {
        StringBuilder uri = Single(type, @namespace, name);
        Query(uri, "fieldManager", fieldManager);
        return Build(HttpMethod.Patch, "patch", type, uri, Json, body, "application/merge-patch+json");
    }

    /// <summary>POST of a new object.</summary>
    public static HttpRequestMessage Create(ResourceType type, string? @namespace, ReadOnlyMemory<byte> body, string fieldManager)
    {
        StringBuilder uri = Collection(type, @namespace);
        Query(uri, "fieldManager", fieldManager);
        return Build(HttpMethod.Post, "create", type, uri, Json, body, Json);
    }

    /// <summary>PUT of an object; the <c>resourceVersion</c> in the body guards against writing over someone else's change.</summary>
    public static HttpRequestMessage Replace(ResourceType type, string? @namespace, string name, ReadOnlyMemory<byte> body, string fieldManager)
    {
        StringBuilder uri = Single(type, @namespace, name);
        Query(uri, "fieldManager", fieldManager);
        return Build(HttpMethod.Put, "update", type, uri, Json, body, Json);
    }

    /// <summary>DELETE of one object.</summary>
    public static HttpRequestMessage Delete(ResourceType type, string? @namespace, string name) =>
        Build(HttpMethod.Delete, "delete", type, Single(type, @namespace, name), Json);

    /// <summary>GET of <c>/version</c>, which every authenticated user may read.</summary>
    public static HttpRequestMessage Version() =>
        Build(HttpMethod.Get, "get", "version", new StringBuilder("version"), Json);

    private static StringBuilder Single(ResourceType type, string? @namespace, string name)
    {
        StringBuilder uri = Collection(type, @namespace).Append('/');
        return Segment(uri, name);
    }

    private static StringBuilder Collection(ResourceType type, string? @namespace)
    {
        ArgumentNullException.ThrowIfNull(type);
        var uri = new StringBuilder(type.Group.Length == 0 ? "api/" : "apis/", 128);
        if (type.Group.Length > 0)
        {
            Segment(uri, type.Group).Append('/');
        }

        Segment(uri, type.Version).Append('/');
        if (@namespace is not null)
        {
            Segment(uri.Append("namespaces/"), @namespace).Append('/');
        }

        return Segment(uri, type.Plural);
    }

    // An empty or dotted segment would name another resource: /namespaces//secrets, or the parent of this one.
    private static StringBuilder Segment(StringBuilder uri, string segment) => segment is null or "" or "." or ".."
        ? throw new ArgumentException($"'{segment}' cannot be part of an object's path.", nameof(segment))
        : uri.Append(Uri.EscapeDataString(segment));

    private static void Query(StringBuilder uri, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            char separator = uri.ToString().Contains('?', StringComparison.Ordinal) ? '&' : '?';
            uri.Append(separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }
    }

    private static HttpRequestMessage Build(HttpMethod method, string verb, ResourceType type, StringBuilder uri, string accept, ReadOnlyMemory<byte> body, string contentType)
    {
        HttpRequestMessage request = Build(method, verb, type, uri, accept);
        request.Content = new ReadOnlyMemoryContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        return request;
    }

    private static HttpRequestMessage Build(HttpMethod method, string verb, ResourceType type, StringBuilder uri, string accept) =>
        Build(method, verb, type.Plural, uri, accept);

    private static HttpRequestMessage Build(HttpMethod method, string verb, string resource, StringBuilder uri, string accept)
    {
        var request = new HttpRequestMessage(method, new Uri(uri.ToString(), UriKind.Relative));
        request.Headers.TryAddWithoutValidation("Accept", accept);
        request.Options.Set(Verb, verb);
        request.Options.Set(Resource, resource);
        return request;
    }
}
