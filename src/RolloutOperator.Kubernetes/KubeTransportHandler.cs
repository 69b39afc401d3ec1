using System.Net;
using RolloutOperator.Kubernetes.Credentials;
using RolloutOperator.Kubernetes.Errors;
using RolloutOperator.Kubernetes.Transport;

namespace RolloutOperator.Kubernetes;

/// <summary>
/// Carries the requests of KubernetesClient's own client: it goes into <c>new Kubernetes(configuration, handler)</c>, and gives that
/// client this library's kubeconfig, credentials and trust of the server.
/// </summary>
public sealed class KubeTransportHandler : DelegatingHandler
{
    private readonly KubeEndpoint _endpoint;
    private readonly CredentialSource _credentials;
    private readonly Connections _connections;

    /// <param name="endpoint">The API server, and as whom.</param>
    /// <param name="time">The clock.</param>
    public KubeTransportHandler(KubeEndpoint endpoint, TimeProvider time)
    {
        _endpoint = endpoint;
        _credentials = CredentialSource.For(endpoint, time);
        _connections = new Connections(endpoint, time);
    }

    /// <inheritdoc/>
    /// <exception cref="KubeTransportException">The server does not answer.</exception>
    /// <exception cref="KubeConfigException">There is no credential.</exception>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        LiveCredential credential = await _credentials.GetAsync(cancellationToken).ConfigureAwait(false);
        HttpResponseMessage response = await AttemptAsync(request, credential, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.Unauthorized || !await _credentials.RenewAsync(credential, cancellationToken).ConfigureAwait(false))
        {
            return response;
        }

        response.Dispose();
        return await AttemptAsync(request, await _credentials.GetAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _connections.Dispose();
            _credentials.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task<HttpResponseMessage> AttemptAsync(HttpRequestMessage request, LiveCredential credential, CancellationToken cancellationToken)
    {
        // A request can be sent once, and the client above has marked this one.
        var attempt = new HttpRequestMessage(request.Method, request.RequestUri) { Content = request.Content };
        foreach (var (name, values) in request.Headers)
        {
            attempt.Headers.TryAddWithoutValidation(name, values);
        }

        attempt.Headers.Authorization = credential.Header;
        attempt.Headers.Host = _endpoint.TlsServerName;
        try
        {
            return await _connections.For(credential).SendAsync(attempt, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && TransportFault.Covers(e))
        {
            throw TransportFault.From(e, _endpoint, attempt, _connections.Refusal);
        }
    }
}
