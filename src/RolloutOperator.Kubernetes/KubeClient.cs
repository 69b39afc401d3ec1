using System.Runtime.CompilerServices;
using k8s.Models;
using RolloutOperator.Kubernetes.Reading;
using RolloutOperator.Kubernetes.Requests;
using RolloutOperator.Kubernetes.Transport;
using RolloutOperator.Kubernetes.Watching;

namespace RolloutOperator.Kubernetes;

/// <summary>A client of one API server. The whole program shares one instance, which holds the connections and the credential.</summary>
/// <remarks>
/// Every method throws <see cref="KubeApiException"/> when the server refuses, <see cref="KubeTransportException"/> when
/// there is no usable response, <see cref="KubeConfigException"/> when there is no credential, and
/// <see cref="OperationCanceledException"/> only for the caller's own token. After a 429, and after a 503 with
/// Retry-After, the client waits and retries up to five times; patches are not retried. A response with a success code that is
/// not the object that was asked for (kind, name, namespace, a resourceVersion) is no usable response.
/// </remarks>
public sealed class KubeClient : IDisposable
{
    private const int MaxObject = 16 << 20;

    // Far beyond any sensible page: it only keeps a broken server from taking all memory.
    private const int MaxList = 512 << 20;

    private const int WithoutPings = 5;

    private readonly Sender _sender;

    /// <summary>Opens no connection: the first request does.</summary>
    /// <param name="endpoint">The server and the credential.</param>
    /// <param name="time">The clock of timeouts, retries and expiries.</param>
    /// <param name="random">Gives numbers in [0, 1), for jitter.</param>
    /// <param name="calls">Told of each exchange; null for none.</param>
    public KubeClient(KubeEndpoint endpoint, TimeProvider time, Func<double> random, IApiCallObserver? calls = null)
    {
        _sender = new Sender(endpoint, time, random, calls);
        Endpoint = endpoint;
    }

    /// <summary>The server and the credential.</summary>
    public KubeEndpoint Endpoint { get; }

    /// <summary>Lists one page.</summary>
    public Task<ListPage<T>> ListPageAsync<T>(ResourceType type, string? @namespace, ListOptions options, ObjectReader<T> reader, CancellationToken cancellationToken) =>
        _sender.ReadAsync(() => KubeRequest.List(type, @namespace, options), MaxList, body => Body.ReadList(body, type, reader), cancellationToken);

    /// <summary>Lists all pages. A continue token that expired is a <see cref="KubeApiException"/> with <see cref="KubeApiException.IsGone"/>: start again.</summary>
    public async IAsyncEnumerable<ListPage<T>> ListPagesAsync<T>(ResourceType type, string? @namespace, ListOptions options, ObjectReader<T> reader, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (ListOptions? next = options; next is not null;)
        {
            ListPage<T> page = await ListPageAsync(type, @namespace, next, reader, cancellationToken).ConfigureAwait(false);
            yield return page;
            next = page.Continue is null ? null : options with { Continue = page.Continue };
        }
    }

    /// <summary>Reads one object.</summary>
    public Task<T> GetAsync<T>(ResourceType type, string? @namespace, string name, ObjectReader<T> reader, CancellationToken cancellationToken) =>
        _sender.ReadAsync(() => KubeRequest.Get(type, @namespace, name), MaxObject, body => Body.ReadObject(body, new(type, @namespace, name), reader), cancellationToken);

    /// <summary>
    /// Watches a collection. Ends without an exception when the server ends the watch at its timeout. An <c>ERROR</c> event
    /// is a <see cref="KubeApiException"/>. Silence beyond the timeout and a margin is a <see cref="KubeTransportException"/>, and so are two
    /// minutes of it once there was a bookmark, which servers send every minute.
    /// </summary>
    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(ResourceType type, string? @namespace, WatchOptions options, ObjectReader<T> reader, CancellationToken cancellationToken)
    {
        // A connection without pings may be dead until the watch ends.
        options = _sender.PingsConnections ? options : options with { Timeout = options.Timeout / WithoutPings };
        return WatchStream.ReadAsync(_sender, () => KubeRequest.Watch(type, @namespace, options), options, reader, cancellationToken);
    }

    /// <summary>
    /// Changes one object by a JSON merge patch and reads the result. It is not retried after a wait: by then it may be
    /// wrong to write (<see cref="KubeApiException.RetryAfter"/>).
    /// </summary>
    /// <param name="type">The resource.</param>
    /// <param name="namespace">The namespace; null for a cluster-scoped resource.</param>
    /// <param name="name">The name of the object.</param>
    /// <param name="body">The merge patch.</param>
    /// <param name="fieldManager">The field manager.</param>
    /// <param name="reader">Reads the result.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <param name="timeout">The time limit; by default that of every call.</param>
    public Task<T> MergePatchAsync<T>(ResourceType type, string? @namespace, string name, ReadOnlyMemory<byte> body, string fieldManager, ObjectReader<T> reader, CancellationToken cancellationToken, TimeSpan? timeout = null) =>
        _sender.ReadAsync(() => KubeRequest.MergePatch(type, @namespace, name, body, fieldManager), MaxObject, answer => Body.ReadObject(answer, new(type, @namespace, name), reader), cancellationToken, timeout);

    /// <summary>
    /// Changes one object by a JSON patch and reads the result. The server applies all of it or nothing. A <c>test</c> that fails, or
    /// a path that does not exist, is a 422. It is not retried after a wait, like <see cref="MergePatchAsync"/>.
    /// </summary>
    /// <param name="type">The resource.</param>
    /// <param name="namespace">The namespace; null for a cluster-scoped resource.</param>
    /// <param name="name">The name of the object.</param>
    /// <param name="body">The JSON patch.</param>
    /// <param name="fieldManager">The field manager.</param>
    /// <param name="reader">Reads the result.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <param name="timeout">The time limit; by default that of every call.</param>
    public Task<T> JsonPatchAsync<T>(ResourceType type, string? @namespace, string name, ReadOnlyMemory<byte> body, string fieldManager, ObjectReader<T> reader, CancellationToken cancellationToken, TimeSpan? timeout = null) =>
        _sender.ReadAsync(() => KubeRequest.JsonPatch(type, @namespace, name, body, fieldManager), MaxObject, answer => Body.ReadObject(answer, new(type, @namespace, name), reader), cancellationToken, timeout);

    /// <summary>Creates an object and reads the result.</summary>
    public Task<T> CreateAsync<T>(ResourceType type, string? @namespace, ReadOnlyMemory<byte> body, string fieldManager, ObjectReader<T> reader, CancellationToken cancellationToken) =>
        _sender.ReadAsync(() => KubeRequest.Create(type, @namespace, body, fieldManager), MaxObject, answer => Body.ReadObject(answer, new(type, @namespace), reader), cancellationToken);

    /// <summary>Creates an Event. A note or an instance beyond the server's limit loses its middle.</summary>
    public Task CreateEventAsync(Eventsv1Event @event, CancellationToken cancellationToken)
    {
        byte[] body = KubeModels.Write(@event);
        return _sender.ReadAsync(
            () => KubeRequest.Create(ResourceTypes.Events, @event.Metadata.NamespaceProperty, body, @event.ReportingController),
            MaxObject,
            answer => Body.ReadObject(answer, new(ResourceTypes.Events, @event.Metadata.NamespaceProperty, @event.Metadata.Name), Body.Skip),
            cancellationToken);
    }

    /// <summary>Asks the server whether the client's own user has a permission. Every user may ask this.</summary>
    public Task<bool> IsAllowedAsync(KubeAccess access, CancellationToken cancellationToken)
    {
        byte[] body = KubeModels.Write(access);
        return _sender.ReadAsync(
            () => KubeRequest.Create(ResourceTypes.AccessReviews, null, body, fieldManager: null), MaxObject, answer => Body.ReadObject(answer, KubeModels.ReadAllowed), cancellationToken);
    }

    /// <summary>Asks the server whether the client's own user has a permission for some names only. Every user may ask this.</summary>
    /// <param name="access">The permission, in a namespace and for no name.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public async Task<bool> IsAllowedForNamesAsync(KubeAccess access, CancellationToken cancellationToken)
    {
        byte[] body = KubeModels.WriteRulesReview(access.Namespace ?? throw new ArgumentException("It has no namespace.", nameof(access)));
        IReadOnlyList<V1ResourceRule> rules = await _sender.ReadAsync(
            () => KubeRequest.Create(ResourceTypes.RulesReviews, null, body, fieldManager: null), MaxObject, answer => Body.ReadObject(answer, KubeModels.ReadRules), cancellationToken);
        return rules.Any(rule => rule.ResourceNames is { Count: > 0 }
            && Has(rule.Verbs, access.Verb) && Has(rule.ApiGroups, access.Group) && Has(rule.Resources, access.Resource));

        static bool Has(IList<string>? granted, string wanted) => granted?.Any(each => each == "*" || each == wanted) == true;
    }

    /// <summary>Has the server review something: it responds to what is created, and keeps nothing.</summary>
    public Task<T> ReviewAsync<T>(ResourceType type, ReadOnlyMemory<byte> body, ObjectReader<T> reader, CancellationToken cancellationToken) =>
        _sender.ReadAsync(() => KubeRequest.Create(type, null, body, fieldManager: null), MaxObject, answer => Body.ReadObject(answer, reader), cancellationToken);

    /// <summary>The server's version, such as <c>v1.33.1</c>: the cheapest proof that it is up, is Kubernetes, and accepts the credential.</summary>
    public Task<string> GetServerVersionAsync(CancellationToken cancellationToken) =>
        _sender.ReadAsync(KubeRequest.Version, MaxObject, Body.ReadGitVersion, cancellationToken);

    /// <summary>Closes the connections. Running watches end with an exception.</summary>
    public void Dispose() => _sender.Dispose();
}
