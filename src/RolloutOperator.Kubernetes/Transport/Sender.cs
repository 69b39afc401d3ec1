using System.Net;
using System.Text.Json;
using RolloutOperator.Kubernetes.Credentials;
using RolloutOperator.Kubernetes.Errors;
using RolloutOperator.Kubernetes.Reading;
using RolloutOperator.Kubernetes.Requests;

namespace RolloutOperator.Kubernetes.Transport;

/// <summary>Sends requests: adds the credential, applies the timeout, retries where the server asks for it, and maps failures to the library's exceptions.</summary>
internal sealed class Sender : IDisposable
{
    /// <summary>For everything but watches, including the body. The API server's own limit is 60 s; a page takes far less.</summary>
    public static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    private readonly KubeEndpoint _endpoint;
    private readonly TimeProvider _time;
    private readonly Func<double> _random;
    private readonly IApiCallObserver? _calls;
    private readonly CredentialSource _credentials;
    private readonly Connections _connections;

    public Sender(KubeEndpoint endpoint, TimeProvider time, Func<double> random, IApiCallObserver? calls)
    {
        _endpoint = endpoint;
        _time = time;
        _random = random;
        _calls = calls;
        _credentials = CredentialSource.For(endpoint, time);
        _connections = new Connections(endpoint, time);
    }

    public TimeProvider Time => _time;

    /// <summary>Whether the server spoke HTTP/2 when it last answered, whose pings find a connection that is dead.</summary>
    public bool PingsConnections { get; private set; } = true;

    /// <summary>Sends a request and reads the whole response.</summary>
    public Task<T> ReadAsync<T>(Func<HttpRequestMessage> build, int limit, Func<ReadOnlySpan<byte>, T> read, CancellationToken cancellationToken, TimeSpan? timeout = null) =>
        SendAsync(
            build,
            timeout ?? CallTimeout,
            async (response, token) =>
            {
                using (response)
                {
                    await ErrorResponse.RequireJsonAsync(response, token).ConfigureAwait(false);
                    using PooledBuffer body = await PooledBuffer.ReadAsync(response.Content, limit, token).ConfigureAwait(false);
                    try
                    {
                        return read(body.Rest);
                    }
                    catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
                    {
                        throw MalformedResponseException.From(e);
                    }
                }
            },
            cancellationToken);

    /// <summary>Sends until a request succeeds. <paramref name="accept"/> then owns the response.</summary>
    /// <remarks>
    /// What a lost connection interrupts is not repeated here: the handler below has sent it up to four times if there was no
    /// response, and else the caller comes back with its own backoff.
    /// </remarks>
    public async Task<T> SendAsync<T>(Func<HttpRequestMessage> build, TimeSpan timeout, Func<HttpResponseMessage, CancellationToken, Task<T>> accept, CancellationToken cancellationToken)
    {
        int waits = 0;
        bool renewed = false;
        while (true)
        {
            LiveCredential credential = await _credentials.GetAsync(cancellationToken).ConfigureAwait(false);
            using HttpRequestMessage request = build();
            try
            {
                return await AttemptAsync(request, credential, timeout, accept, cancellationToken).ConfigureAwait(false);
            }
            catch (KubeApiException e) when (e.IsUnauthorized && !renewed)
            {
                renewed = true;
                if (!await _credentials.RenewAsync(credential, cancellationToken).ConfigureAwait(false))
                {
                    throw;
                }
            }
            catch (KubeApiException e) when (request.Method != HttpMethod.Patch && waits < RetryAfter.MaxRetries && RetryAfter.For(e, waits, _random()) is { } wait)
            {
                waits++;
                await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The exception for a failed or malformed response.</summary>
    public KubeTransportException Fault(Exception failure, HttpRequestMessage request) =>
        TransportFault.From(failure, _endpoint, request, _connections.Refusal);

    public KubeTransportException TimedOut(HttpRequestMessage request, TimeSpan limit) => TransportFault.Timeout(_endpoint, request, limit);

    public void Dispose()
    {
        _connections.Dispose();
        _credentials.Dispose();
    }

    private async Task<T> AttemptAsync<T>(HttpRequestMessage request, LiveCredential credential, TimeSpan timeout, Func<HttpResponseMessage, CancellationToken, Task<T>> accept, CancellationToken cancellationToken)
    {
        long started = _time.GetTimestamp();
        int code = 0;
        using var deadline = new CancellationTokenSource(timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            request.Headers.Authorization = credential.Header;

            // The runtime takes the TLS server name (SNI) from here only, and overwrites SslOptions.TargetHost.
            request.Headers.Host = _endpoint.TlsServerName;
            HttpResponseMessage response = await _connections.For(credential).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            code = (int)response.StatusCode;
            PingsConnections = response.Version.Major >= 2;
            if (response.IsSuccessStatusCode)
            {
                return await accept(response, either.Token).ConfigureAwait(false);
            }

            using (response)
            {
                throw await ErrorResponse.ReadAsync(response, request, _time.GetUtcNow(), either.Token).ConfigureAwait(false);
            }
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception e) when (TransportFault.Covers(e))
        {
            throw deadline.IsCancellationRequested ? TimedOut(request, timeout) : Fault(e, request);
        }
        finally
        {
            _calls?.Observe(new KubeCall(KubeRequest.VerbOf(request), KubeRequest.ResourceOf(request), code, _time.GetElapsedTime(started)));
        }
    }
}

/// <summary>How long to wait when the server asks for it. Pure.</summary>
internal static class RetryAfter
{
    /// <summary>Then the error goes to the caller, who has a work queue with backoff.</summary>
    public const int MaxRetries = 5;

    // Everything that the operator knows comes through reads and watches: they come back soon after any outage, whatever a server or
    // a proxy asked for in it.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    // API Priority and Fairness always sends Retry-After, with this value.
    private static readonly TimeSpan Unstated = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(100);

    /// <summary>What the server asked for, within limits, and a backoff on top of it. Null if the request must not be retried.</summary>
    /// <param name="failure">The server's error.</param>
    /// <param name="retries">How often the request was retried before.</param>
    /// <param name="random">In [0, 1): spreads the backoff over its upper half, so that clients do not return together.</param>
    public static TimeSpan? For(KubeApiException failure, int retries, double random)
    {
        TimeSpan? wait = failure.StatusCode switch
        {
            HttpStatusCode.TooManyRequests => failure.RetryAfter ?? Unstated,

            // A 429 is sent before anything happens. A 503 may come from a proxy after a create was done.
            HttpStatusCode.ServiceUnavailable when failure.Verb != "create" => failure.RetryAfter,
            _ => null,
        };
        return wait is not { } asked ? null : (asked < Longest ? asked : Longest) + (FirstBackoff * Math.Pow(2, retries) * (0.5 + (random / 2)));
    }
}
