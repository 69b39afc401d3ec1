using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using k8s;
using k8s.Autorest;
using k8s.Exceptions;
using k8s.KubeConfigModels;
using k8s.Models;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Cluster;

/// <summary>
/// The API server with the rights of whoever runs the command, through KubernetesClient. What the operator decides from is
/// read as JSON and not as a model: a model drops the fields that it does not know, and the hash of a template covers them.
/// </summary>
internal sealed class ApiServer : IDisposable
{
    private const string PageSize = "500";
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly Kubernetes _client;

    private ApiServer(Kubernetes client, string @namespace) => (_client, Namespace) = (client, @namespace);

    /// <summary>The typed operations.</summary>
    public IKubernetes Typed => _client;

    /// <summary>The namespace of the context.</summary>
    public string Namespace { get; }

    /// <summary>Looks in the order of kubectl: the given file, KUBECONFIG, <c>~/.kube/config</c>, the pod's service account.</summary>
    /// <exception cref="CommandException">There is no configuration, or it is wrong.</exception>
    public static ApiServer Connect(string? kubeconfig, string? context)
    {
        try
        {
            var config = Configuration(kubeconfig, context);
            config.HttpClientTimeout = Timeout;
            return new(new Kubernetes(config), config.Namespace is { Length: > 0 } own ? own : "default");
        }
        catch (Exception e) when (e is KubeConfigException or IOException or UnauthorizedAccessException or YamlDotNet.Core.YamlException or FormatException)
        {
            throw new CommandException($"cannot read the kubeconfig: {e.Message.TrimEnd('.')}. Name a file with --kubeconfig", e);
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
        for (var next = ""; ;)
        {
            using var page = await GetAsync($"{path}?limit={PageSize}{query}{next}", cancellationToken);
            foreach (var item in page.RootElement.Items("items"))
            {
                if (item is { } found)
                {
                    each(found);
                }
            }

            var metadata = page.RootElement.Member("metadata");
            if (metadata.Text("continue") is not { Length: > 0 } token)
            {
                return metadata.Text("resourceVersion") ?? "";
            }

            next = "&continue=" + Uri.EscapeDataString(token);
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
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw NoAnswer(e);
        }
    }

    public void Dispose() => _client.Dispose();

    private static KubernetesClientConfiguration Configuration(string? kubeconfig, string? context)
    {
        var home = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".kube", "config");
        string[] files = kubeconfig is not null ? [kubeconfig]
            : Environment.GetEnvironmentVariable("KUBECONFIG")?.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } list ? list
            : [home];
        if (kubeconfig is null && context is null && files is [var only] && only == home && !File.Exists(home) && KubernetesClientConfiguration.IsInCluster())
        {
            return KubernetesClientConfiguration.InClusterConfig();
        }

        FileInfo[] found = [.. files.Select(file => new FileInfo(file)).Where(file => file.Exists)];
        return found.Length == 0
            ? throw new FileNotFoundException($"there is no file {string.Join(" or ", files)}")
            : KubernetesClientConfiguration.BuildConfigFromConfigObject(found.Select(file => KubernetesClientConfiguration.LoadKubeConfig(file)).Aggregate(Merged), context);
    }

    // The first file to define a name wins.
    private static K8SConfiguration Merged(K8SConfiguration first, K8SConfiguration next)
    {
        first.Contexts = [.. (first.Contexts ?? []).Concat(next.Contexts ?? []).DistinctBy(each => each.Name)];
        first.Clusters = [.. (first.Clusters ?? []).Concat(next.Clusters ?? []).DistinctBy(each => each.Name)];
        first.Users = [.. (first.Users ?? []).Concat(next.Users ?? []).DistinctBy(each => each.Name)];
        first.CurrentContext ??= next.CurrentContext;
        return first;
    }

    private async Task<JsonDocument> GetAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_client.BaseUri.AbsoluteUri.TrimEnd('/') + path));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        try
        {
            if (_client.Credentials is { } credentials)
            {
                await credentials.ProcessHttpRequestAsync(request, cancellationToken);
            }

            using var response = await _client.HttpClient.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                throw ApiException.Of(response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
            }

            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            return await JsonDocument.ParseAsync(body, cancellationToken: cancellationToken);
        }
        catch (JsonException e)
        {
            throw new CommandException($"the answer to GET {path} is no JSON: is there a proxy between this machine and the API server?", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw NoAnswer(e);
        }
    }

    private CommandException NoAnswer(Exception e) =>
        new($"the API server {_client.BaseUri.Authority} does not answer: {e.GetBaseException().Message.TrimEnd('.')}. Is the context the right one (--context)?", e);
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
