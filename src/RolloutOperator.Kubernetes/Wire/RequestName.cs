namespace RolloutOperator.Kubernetes.Wire;

/// <summary>What a request is called in errors and counts.</summary>
internal static class RequestName
{
    public static string Verb(HttpRequestMessage request) => request.Options.TryGetValue(KubeRequest.Verb, out string? verb) ? verb : request.Method.Method;

    public static string Resource(HttpRequestMessage request) => request.Options.TryGetValue(KubeRequest.Resource, out string? resource) ? resource : "";

    /// <summary>The path without the query, which carries selectors and continue tokens.</summary>
    public static string Path(HttpRequestMessage request)
    {
        Uri uri = request.RequestUri!;
        string path = uri.IsAbsoluteUri ? uri.AbsolutePath : "/" + uri.OriginalString;
        int query = path.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? path : path[..query];
    }
}
