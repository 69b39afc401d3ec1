using System.Runtime.CompilerServices;
using RolloutOperator.Kubernetes.Wire;

namespace RolloutOperator.Kubernetes;

/// <summary>
/// Talks to one API server. One instance serves the whole program: it holds the connections and the live credential.
/// </summary>
/// <remarks>
/// Every method throws <see cref="KubeApiException"/> when the server refuses, <see cref="KubeTransportException"/> when
/// there is no usable answer, <see cref="KubeConfigException"/> when there is no credential to be had, and
/// <see cref="OperationCanceledException"/> only for the caller's own token. A 429, and a 503 that says when to come
/// back, are waited out up to five times; a patch alone is not.
/// </remarks>
public sealed class KubeClient : IDisposable
{
    private const int MaxObject = 16 << 20;

    // Far beyond any sensible page; only there so that a server gone wild cannot take all memory.
    private const int MaxList = 512 << 20;

    private readonly Sender _sender;

    /// <summary>Opens nothing yet: connections are made by the first request.</summary>
    /// <param name="endpoint">Where and as whom.</param>
    /// <param name="time">Runs timeouts, waits and expiries.</param>
    /// <param name="random">Gives numbers in [0, 1) for the jitter of waits.</param>
    public KubeClient(KubeEndpoint endpoint, TimeProvider time, Func<double> random)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(random);
        _sender = new Sender(endpoint, time, random);
        Endpoint = endpoint;
    }

    /// <summary>What this client talks to.</summary>
    public KubeEndpoint Endpoint { get; }

    /// <summary>Is told of each exchange, on the thread that made it; must be quick and must not throw.</summary>
    public Action<KubeCall>? Observer
    {
        get => _sender.Observer;
        set => _sender.Observer = value;
    }

    /// <summary>Lists one page.</summary>
    public Task<ListPage<T>> ListPageAsync<T>(ResourceType type, string? @namespace, ListOptions options, ObjectReader<T> reader, CancellationToken cancellationToken) =>
        _sender.ReadAsync(() => KubeRequest.List(type, @namespace, options), MaxList, body => ListBody.Read(body, reader), cancellationToken);

    /// <summary>Lists page after page. A token that expired in between is a <see cref="KubeApiException"/> with <see cref="KubeApiException.IsGone"/>: begin again.</summary>
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
        _sender.ReadAsync(() => KubeRequest.Get(type, @namespace, name), MaxObject, body => ObjectBody.Read(body, reader), cancellationToken);

    /// <summary>
    /// Follows changes. Ends without an exception when the server ends the watch at its timeout; an <c>ERROR</c> event is a
    /// <see cref="KubeApiException"/>, and silence beyond the timeout and a margin a <see cref="KubeTransportException"/>.
    /// </summary>
    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(ResourceType type, string? @namespace, WatchOptions options, ObjectReader<T> reader, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        return WatchStream.ReadAsync(_sender, () => KubeRequest.Watch(type, @namespace, options), options.Timeout, reader, cancellationToken);
    }

    /// <summary>
    /// Changes one object by a JSON merge patch and reads what it became. This one does not wait when the server asks to:
    /// what was right to write may no longer be when the wait is over (<see cref="KubeApiException.RetryAfter"/>).
    /// </summary>
    /// <param name="type">Of which resource.</param>
    /// <param name="namespace">Where; null for a resource of the cluster.</param>
    /// <param name="name">Which one.</param>
    /// <param name="body">The merge patch.</param>
    /// <param name="fieldManager">Who changes it.</param>
    /// <param name="reader">Reads what it became.</param>
    /// <param name="cancellationToken">The caller's own.</param>
    /// <param name="timeout">How long it may take; by default as long as any call.</param>
    public Task<T> MergePatchAsync<T>(ResourceType type, string? @namespace, string name, ReadOnlyMemory<byte> body, string fieldManager, ObjectReader<T> reader, CancellationToken cancellationToken, TimeSpan? timeout = null) =>
        _sender.ReadAsync(() => KubeRequest.MergePatch(type, @namespace, name, body, fieldManager), MaxObject, answer => ObjectBody.Read(answer, reader), cancellationToken, timeout);

    /// <summary>Creates an object and reads it back.</summary>
    public Task<T> CreateAsync<T>(ResourceType type, string? @namespace, ReadOnlyMemory<byte> body, string fieldManager, ObjectReader<T> reader, CancellationToken cancellationToken) =>
        _sender.ReadAsync(() => KubeRequest.Create(type, @namespace, body, fieldManager), MaxObject, answer => ObjectBody.Read(answer, reader), cancellationToken);

    /// <summary>Replaces an object and reads it back.</summary>
    public Task<T> ReplaceAsync<T>(ResourceType type, string? @namespace, string name, ReadOnlyMemory<byte> body, string fieldManager, ObjectReader<T> reader, CancellationToken cancellationToken) =>
        _sender.ReadAsync(() => KubeRequest.Replace(type, @namespace, name, body, fieldManager), MaxObject, answer => ObjectBody.Read(answer, reader), cancellationToken);

    /// <summary>Deletes an object; the answer, its last state or a Status, is not read.</summary>
    public Task DeleteAsync(ResourceType type, string? @namespace, string name, CancellationToken cancellationToken) =>
        _sender.ReadAsync(() => KubeRequest.Delete(type, @namespace, name), MaxObject, ObjectBody.Ignore, cancellationToken);

    /// <summary>Writes an Event.</summary>
    public Task CreateEventAsync(KubeEvent @event, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(@event);
        ReadOnlyMemory<byte> body = KubeEventBody.Write(@event);
        return _sender.ReadAsync(
            () => KubeRequest.Create(ResourceTypes.Events, @event.Namespace, body, @event.ReportingController), MaxObject, ObjectBody.Ignore, cancellationToken);
    }

    /// <summary>Asks the server whether the one that this client acts as may do something. To ask, everybody may.</summary>
    public Task<bool> IsAllowedAsync(KubeAccess access, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(access);
        ReadOnlyMemory<byte> body = KubeAccessBody.Write(access);
        return _sender.ReadAsync(
            () => KubeRequest.Create(ResourceTypes.AccessReviews, null, body, fieldManager: null), MaxObject, answer => ObjectBody.Read(answer, KubeAccessBody.Read), cancellationToken);
    }

    /// <summary>The server's version, such as <c>v1.33.1</c>: the cheapest proof that it is there, is Kubernetes, and knows us.</summary>
    public Task<string> GetServerVersionAsync(CancellationToken cancellationToken) =>
        _sender.ReadAsync(KubeRequest.Version, MaxObject, ObjectBody.ReadGitVersion, cancellationToken);

    /// <summary>Closes the connections; watches that are running end with an exception.</summary>
    public void Dispose() => _sender.Dispose();
}
