using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cli.Cluster;

/// <summary>
/// The API server with the rights of whoever runs the command, through KubernetesClient's client on the operator's transport. What the operator decides from is
/// read as JSON and not as a model: a model drops the fields that it does not know, and the hash of a template covers them.
/// </summary>
internal sealed class ApiServer : IDisposable
{
    // The buffers of a page, and those before them that were too small, stay with the threads that had them: half a megabyte is
    // little, and a page of 500 took 90 MiB in all.
    private const string PageSize = "100";
    private const string Json = "application/json";
    private const string MetadataOnly = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
    private const string MetadataList = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    private const int WatchSeconds = 290;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly k8s.Kubernetes _client;

    private ApiServer(k8s.Kubernetes client, string @namespace) => (_client, Namespace) = (client, @namespace);

    /// <summary>The typed operations.</summary>
    public IKubernetes Typed => _client;

    /// <summary>Its address.</summary>
    public string Server => _client.BaseUri.GetLeftPart(UriPartial.Authority);

    /// <summary>The namespace of the context.</summary>
    public string Namespace { get; }

    /// <summary>Looks in the order of kubectl: the given file, KUBECONFIG, the pod's service account, <c>~/.kube/config</c>.</summary>
    /// <exception cref="CommandException">There is no configuration, or it is wrong.</exception>
    public static ApiServer Connect(string? kubeconfig, string? context)
    {
        try
        {
            var endpoint = KubeConfig.Load(kubeconfig, context);
            var configuration = new KubernetesClientConfiguration { Host = endpoint.Server.AbsoluteUri, HttpClientTimeout = Timeout };
            return new(new k8s.Kubernetes(configuration, new KubeTransportHandler(endpoint, TimeProvider.System)), endpoint.Namespace is { Length: > 0 } own ? own : "default");
        }
        catch (KubeConfigException e)
        {
            throw new CommandException(e.Message, e);
        }
    }

    /// <summary>Reads one object; null when there is none.</summary>
    /// <exception cref="CommandException">The request failed.</exception>
    public async Task<JsonDocument?> FindAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await GetAsync(path, cancellationToken);
        }
        catch (ApiException e) when (e.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Reads all pages of a list.</summary>
    /// <param name="path">The path of the collection.</param>
    /// <param name="query">Selectors, as parts of a query.</param>
    /// <param name="each">Gets each object; it must not keep it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The version of the list.</returns>
    /// <exception cref="CommandException">A request failed.</exception>
    public async Task<string> ListAsync(string path, string query, Action<JsonElement> each, CancellationToken cancellationToken)
    {
        var first = $"{path}?limit={PageSize}{query}";
        for (var next = GetAsync(first, cancellationToken); ;)
        {
            using var page = await next;
            var metadata = page.RootElement.Member("metadata");
            var token = metadata.Text("continue") is { Length: > 0 } more ? more : null;
            if (token is not null)
            {
                // The server makes the next page while this one is read.
                next = GetAsync($"{first}&continue={Uri.EscapeDataString(token)}", cancellationToken);
            }

            foreach (var item in page.RootElement.Items("items"))
            {
                if (item is { } found)
                {
                    each(found);
                }
            }

            if (token is null)
            {
                return metadata.Text("resourceVersion") ?? "";
            }
        }
    }

    /// <summary>Runs a typed operation; null when there is no such object.</summary>
    /// <exception cref="CommandException">The request failed.</exception>
    public async Task<T?> TypedAsync<T>(Func<IKubernetes, Task<T>> operation)
        where T : class
    {
        try
        {
            return await operation(_client);
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
        catch (HttpOperationException e)
        {
            throw ApiException.Of(e.Response.StatusCode, e.Response.Content, e);
        }
        catch (JsonException e)
        {
            throw new CommandException("an answer of the API server is no JSON: is there a proxy between this machine and it?", e);
        }
        catch (Exception e) when (e is KubeException or HttpRequestException or IOException or TaskCanceledException { InnerException: TimeoutException })
        {
            throw NoAnswer(e);
        }
    }

    /// <summary>The present version of a collection.</summary>
    /// <exception cref="CommandException">The request failed.</exception>
    public async Task<string?> VersionAsync(string path, string query, CancellationToken cancellationToken)
    {
        using var list = await GetAsync($"{path}?limit=1{query}", cancellationToken, MetadataList);
        return list.RootElement.Member("metadata").Text("resourceVersion");
    }

    /// <summary>Watches the metadata of a collection until the server ends it; gives each event, which the caller disposes of.</summary>
    /// <exception cref="CommandException">The request failed, or the connection broke.</exception>
    public async IAsyncEnumerable<JsonDocument> WatchAsync(string path, string query, string version, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var request = Request(HttpMethod.Get, $"{path}?watch=1&allowWatchBookmarks=true&timeoutSeconds={WatchSeconds}&resourceVersion={Uri.EscapeDataString(version)}{query}", MetadataOnly);
        using var response = await AnswerAsync(request, () => _client.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken), cancellationToken);
        await SucceedAsync(response, cancellationToken);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken), Encoding.UTF8);
        while (await AnswerAsync(request, () => lines.ReadLineAsync(cancellationToken).AsTask(), cancellationToken) is { } line)
        {
            yield return await AnswerAsync(request, () => Task.FromResult(JsonDocument.Parse(line)), cancellationToken);
        }
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Changes an object by a JSON merge patch (RFC 7396).</summary>
    /// <exception cref="CommandException">The request failed.</exception>
    public async Task PatchAsync(string path, JsonObject patch, CancellationToken cancellationToken)
    {
        using var content = new StringContent(patch.ToJsonString(), Encoding.UTF8, "application/merge-patch+json");
        using var answer = await SendAsync(HttpMethod.Patch, path, content, cancellationToken);
    }

    private Task<JsonDocument> GetAsync(string path, CancellationToken cancellationToken, string accept = Json) => SendAsync(HttpMethod.Get, path, null, cancellationToken, accept);

    private async Task<JsonDocument> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken, string accept = Json)
    {
        using var request = Request(method, path, accept);
        request.Content = content;

        // The client's own timeout ends with the headers. The body is not put aside first: it may be large.
        using var timeout = new CancellationTokenSource(Timeout, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await AnswerAsync(
                request,
                async () =>
                {
                    using var response = await _client.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
                    await SucceedAsync(response, either.Token);
                    await using var body = await response.Content.ReadAsStreamAsync(either.Token);
                    return await JsonDocument.ParseAsync(body, cancellationToken: either.Token);
                },
                either.Token);
        }
        catch (OperationCanceledException e) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new CommandException($"the API server does not answer: {method} {path} took more than {Timeout.TotalSeconds:F0} s", e);
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string path, string accept)
    {
        var request = new HttpRequestMessage(method, new Uri(_client.BaseUri.AbsoluteUri.TrimEnd('/') + path));
        request.Headers.Accept.ParseAdd(accept);
        return request;
    }

    private static async Task SucceedAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw ApiException.Of(response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
        }
    }

    private static async Task<T> AnswerAsync<T>(HttpRequestMessage request, Func<Task<T>> answer, CancellationToken cancellationToken)
    {
        try
        {
            return await answer();
        }
        catch (JsonException e)
        {
            throw new CommandException($"the answer to {request.Method} {request.RequestUri?.AbsolutePath} is no JSON: is there a proxy between this machine and the API server?", e);
        }
        catch (Exception e) when (e is KubeException or HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw NoAnswer(e);
        }
    }

    private static CommandException NoAnswer(Exception e) => new(e is KubeException ? e.Message : $"the API server does not answer: {e.GetBaseException().Message}", e);
}

/// <summary>The API server refused a request.</summary>
internal sealed class ApiException : CommandException
{
    private ApiException(HttpStatusCode status, string message, Exception? cause)
        : base(message, cause) => Status = status;

    public HttpStatusCode Status { get; }

    public static ApiException Of(HttpStatusCode status, string body, Exception? cause = null)
    {
        string? message;
        try
        {
            using var document = JsonDocument.Parse(body);
            message = document.RootElement.Text("message");
        }
        catch (JsonException)
        {
            message = null;
        }

        return new(status, message ?? $"the API server answered {(int)status}", cause);
    }
}
