using System.Text.Json;
using RolloutOperator.Kubernetes.Credentials;

namespace RolloutOperator.Kubernetes.Wire;

/// <summary>Sends requests: adds the credential, bounds the time, waits when asked to, and turns every failure into one of two exceptions.</summary>
internal sealed class Sender : IDisposable
{
    /// <summary>For everything but watches, the body included. The API server's own limit is 60 s; a page takes far less.</summary>
    public static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    private readonly KubeEndpoint _endpoint;
    private readonly TimeProvider _time;
    private readonly Func<double> _random;
    private readonly ICredentialSource _credentials;
    private readonly Connections _connections;

    public Sender(KubeEndpoint endpoint, TimeProvider time, Func<double> random)
    {
        _endpoint = endpoint;
        _time = time;
        _random = random;
        _credentials = CredentialSource.For(endpoint, time);
        _connections = new Connections(endpoint, time);
    }

    public Action<KubeCall>? Observer { get; set; }

    public TimeProvider Time => _time;

    /// <summary>Sends and reads the whole answer.</summary>
    public Task<T> ReadAsync<T>(Func<HttpRequestMessage> build, int limit, Func<ReadOnlySpan<byte>, T> read, CancellationToken cancellationToken, TimeSpan? timeout = null) =>
        SendAsync(
            build,
            timeout ?? CallTimeout,
            async (response, token) =>
            {
                using (response)
                {
                    await AnswerKind.RequireJsonAsync(response, token).ConfigureAwait(false);
                    using PooledBody body = await PooledBody.ReadAsync(response.Content, limit, token).ConfigureAwait(false);
                    return Parse(body, read);
                }
            },
            cancellationToken);

    /// <summary>Sends until there is a success, which <paramref name="accept"/> owns from then on.</summary>
    public async Task<T> SendAsync<T>(Func<HttpRequestMessage> build, TimeSpan timeout, Func<HttpResponseMessage, CancellationToken, Task<T>> accept, CancellationToken cancellationToken)
    {
        int waits = 0;
        bool renewed = false;
        bool resent = false;
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
            catch (KubeApiException e) when (request.Method != HttpMethod.Patch && waits < RetryWait.MostTimes && RetryWait.For(e, _random()) is { } wait)
            {
                waits++;
                await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
            }
            catch (KubeTransportException e) when (e.ConnectionLost && !resent && request.Method == HttpMethod.Get)
            {
                // The server closed an idle connection just as we used it, or went away (GOAWAY); another connection will do.
                resent = true;
            }
        }
    }

    /// <summary>Says in one exception what was wrong with the answer's bytes.</summary>
    public KubeTransportException Fault(Exception failure, HttpRequestMessage request) =>
        TransportFault.From(failure, _endpoint, request, _connections.Refusal);

    /// <summary>For a watch on which nothing came, not even its end.</summary>
    public KubeTransportException Silent(HttpRequestMessage request, TimeSpan limit) => TransportFault.Timeout(_endpoint, request, limit);

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

            // The runtime takes the name for TLS (SNI) from here and nowhere else; SslOptions.TargetHost is overwritten.
            request.Headers.Host = _endpoint.TlsServerName;
            HttpResponseMessage response = await _connections.For(credential).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            code = (int)response.StatusCode;
            if (response.IsSuccessStatusCode)
            {
                return await accept(response, either.Token).ConfigureAwait(false);
            }

            using (response)
            {
                throw await ErrorAnswer.ReadAsync(response, request, _time.GetUtcNow(), either.Token).ConfigureAwait(false);
            }
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception e) when (TransportFault.Covers(e))
        {
            throw deadline.IsCancellationRequested ? TransportFault.Timeout(_endpoint, request, timeout) : Fault(e, request);
        }
        finally
        {
            Observer?.Invoke(new KubeCall(RequestName.Verb(request), RequestName.Resource(request), code, _time.GetElapsedTime(started)));
        }
    }

    /// <summary>Runs a parser and lets nothing out of it but <see cref="MalformedAnswerException"/>.</summary>
    internal static T Parse<T>(PooledBody body, Func<ReadOnlySpan<byte>, T> read)
    {
        try
        {
            return read(body.Span);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw AnswerKind.Malformed(e);
        }
    }
}
