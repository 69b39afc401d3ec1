using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace RolloutOperator.Kubernetes.Requests;

/// <summary>
/// Builds requests without sending them. URIs are relative and have no leading slash, so that a server behind a path
/// prefix works. Every part from outside is escaped.
/// </summary>
internal static class KubeRequest
{
    // The second choice is for aggregated API servers that cannot transform; the API server itself can since 1.15.
    private const string MetadataList = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

    // A watch sends single objects, so it requests the single form, as client-go's metadata client does.
    private const string MetadataObject = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

    private const string Json = "application/json";

    private static readonly HttpRequestOptionsKey<string> Verb = new("kube.verb");
    private static readonly HttpRequestOptionsKey<string> Resource = new("kube.resource");

    /// <summary>GET of a collection, in one namespace or (null) in all.</summary>
    public static HttpRequestMessage List(ResourceType type, string? @namespace, ListOptions options)
    {
        RelativeUri uri = Collection(type, @namespace)
            .Query("labelSelector", options.LabelSelector)
            .Query("fieldSelector", options.FieldSelector)
            .Query("limit", options.Limit?.ToString(CultureInfo.InvariantCulture))
            .Query("continue", options.Continue);
        return Build(HttpMethod.Get, "list", type.Plural, uri, options.MetadataOnly ? MetadataList : Json);
    }

    /// <summary>GET of the changes of a collection.</summary>
    public static HttpRequestMessage Watch(ResourceType type, string? @namespace, WatchOptions options)
    {
        long seconds = Math.Max(1, (long)Math.Ceiling(options.Timeout.TotalSeconds));
        RelativeUri uri = Collection(type, @namespace)
            .Query("watch", "true")
            .Query("allowWatchBookmarks", "true")
            .Query("resourceVersion", options.ResourceVersion)
            .Query("timeoutSeconds", seconds.ToString(CultureInfo.InvariantCulture))
            .Query("labelSelector", options.LabelSelector)
            .Query("fieldSelector", options.FieldSelector);
        return Build(HttpMethod.Get, "watch", type.Plural, uri, options.MetadataOnly ? MetadataObject : Json);
    }

    public static HttpRequestMessage Get(ResourceType type, string? @namespace, string name) =>
        Build(HttpMethod.Get, "get", type.Plural, Single(type, @namespace, name));

    /// <summary>PATCH of one object with a JSON merge patch (RFC 7386).</summary>
    public static HttpRequestMessage MergePatch(ResourceType type, string? @namespace, string name, ReadOnlyMemory<byte> body, string fieldManager) =>
        Patch(type, @namespace, name, fieldManager).With(body, "application/merge-patch+json");

    /// <summary>PATCH of one object with a JSON patch (RFC 6902).</summary>
    public static HttpRequestMessage JsonPatch(ResourceType type, string? @namespace, string name, ReadOnlyMemory<byte> body, string fieldManager) =>
        Patch(type, @namespace, name, fieldManager).With(body, "application/json-patch+json");

    /// <summary>POST of a new object; without a field manager where nothing is stored.</summary>
    public static HttpRequestMessage Create(ResourceType type, string? @namespace, ReadOnlyMemory<byte> body, string? fieldManager) =>
        Build(HttpMethod.Post, "create", type.Plural, Collection(type, @namespace).Query("fieldManager", fieldManager)).With(body, Json);

    /// <summary>GET of <c>/version</c>, which every authenticated user may read.</summary>
    public static HttpRequestMessage Version() => Build(HttpMethod.Get, "get", "version", new RelativeUri("version"));

    /// <summary>The RBAC verb, for errors and metrics.</summary>
    public static string VerbOf(HttpRequestMessage request) => request.Options.TryGetValue(Verb, out string? verb) ? verb : request.Method.Method;

    /// <summary>The plural of the resource, for metrics.</summary>
    public static string ResourceOf(HttpRequestMessage request) => request.Options.TryGetValue(Resource, out string? resource) ? resource : "";

    /// <summary>The path without the query, which has selectors and continue tokens.</summary>
    public static string PathOf(HttpRequestMessage request)
    {
        Uri uri = request.RequestUri!;
        string path = uri.IsAbsoluteUri ? uri.AbsolutePath : "/" + uri.OriginalString;
        int query = path.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? path : path[..query];
    }

    private static HttpRequestMessage Patch(ResourceType type, string? @namespace, string name, string fieldManager) =>
        Build(HttpMethod.Patch, "patch", type.Plural, Single(type, @namespace, name).Query("fieldManager", fieldManager));

    private static RelativeUri Single(ResourceType type, string? @namespace, string name) => Collection(type, @namespace).Segment(name);

    private static RelativeUri Collection(ResourceType type, string? @namespace)
    {
        RelativeUri uri = type.Group.Length == 0 ? new RelativeUri("api") : new RelativeUri("apis").Segment(type.Group);
        uri.Segment(type.Version);
        return (@namespace is null ? uri : uri.Segment("namespaces").Segment(@namespace)).Segment(type.Plural);
    }

    private static HttpRequestMessage Build(HttpMethod method, string verb, string resource, RelativeUri uri, string accept = Json)
    {
        // In HTTP/2 many watches share one connection, and its pings detect a dead one. Plain http falls back to 1.1.
        var request = new HttpRequestMessage(method, uri.ToUri()) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
        request.Headers.TryAddWithoutValidation("Accept", accept);
        request.Options.Set(Verb, verb);
        request.Options.Set(Resource, resource);
        return request;
    }

    private static HttpRequestMessage With(this HttpRequestMessage request, ReadOnlyMemory<byte> body, string contentType)
    {
        request.Content = new ReadOnlyMemoryContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        return request;
    }

    private sealed class RelativeUri(string start)
    {
        private readonly StringBuilder _text = new(start, 128);
        private char _separator = '?';

        /// <summary>Adds a path segment. An empty or dotted one would address another resource: <c>/namespaces//secrets</c>, or the parent.</summary>
        public RelativeUri Segment(string segment)
        {
            if (segment is null or "" or "." or "..")
            {
                throw new ArgumentException($"'{segment}' cannot be part of an object's path.", nameof(segment));
            }

            _text.Append('/').Append(Uri.EscapeDataString(segment));
            return this;
        }

        /// <summary>Adds a query parameter, unless it has no value.</summary>
        public RelativeUri Query(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                _text.Append(_separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
                _separator = '&';
            }

            return this;
        }

        public Uri ToUri() => new(_text.ToString(), UriKind.Relative);
    }
}
