using System.Net.Sockets;
using System.Security.Authentication;
using RolloutOperator.Kubernetes.Requests;

namespace RolloutOperator.Kubernetes.Errors;

/// <summary>Describes a transport failure in one sentence, with the host and the likely fix.</summary>
internal static class TransportFault
{
    public static bool Covers(Exception failure) => failure is HttpRequestException or IOException or OperationCanceledException or MalformedResponseException;

    /// <param name="failure">The exception; one that <see cref="Covers"/>.</param>
    /// <param name="endpoint">The server.</param>
    /// <param name="request">The request.</param>
    /// <param name="refusal">Why <see cref="Transport.ServerTrust"/> rejected the server's certificate, if it did.</param>
    public static KubeTransportException From(Exception failure, KubeEndpoint endpoint, HttpRequestMessage request, string? refusal)
    {
        string host = endpoint.Server.Authority;
        string call = $"{KubeRequest.VerbOf(request)} {KubeRequest.PathOf(request)}";
        return failure switch
        {
            MalformedResponseException e => new($"{host} sent an unexpected response to {call}: {e.Message}; is {endpoint.Server} the Kubernetes API?"),
            HttpRequestException e => FromHttp(e, endpoint, host, call, refusal),
            OperationCanceledException => new($"connecting to {host} timed out ({call}); check the server's address, the network and any proxy ({endpoint.Description})", failure),
            _ => new($"the connection to {host} broke during {call}", failure) { ConnectionLost = true },
        };
    }

    public static KubeTransportException Timeout(KubeEndpoint endpoint, HttpRequestMessage request, TimeSpan limit) =>
        new($"{endpoint.Server.Authority} did not complete {KubeRequest.VerbOf(request)} {KubeRequest.PathOf(request)} within {limit.TotalSeconds:0} s; the API server is overloaded or the network loses packets");

    private static KubeTransportException FromHttp(HttpRequestException e, KubeEndpoint endpoint, string host, string call, string? refusal) => e.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError =>
            new($"the name {endpoint.Server.Host} cannot be resolved; check the server's address and DNS ({endpoint.Description})", e),
        HttpRequestError.SecureConnectionError =>
            new($"no TLS connection to {host}: {refusal ?? TlsDetail(e)} ({endpoint.Description})", e),
        HttpRequestError.ProxyTunnelError =>
            new($"the proxy refused to connect to {host}; check proxy-url, HTTPS_PROXY and NO_PROXY ({endpoint.Description})", e),
        HttpRequestError.ConnectionError =>
            new($"{host} cannot be reached: {SocketDetail(e)} ({endpoint.Description})", e),
        HttpRequestError.InvalidResponse or HttpRequestError.VersionNegotiationError =>
            new($"{host} sent invalid HTTP in response to {call}; is {endpoint.Server} the Kubernetes API, and is the scheme right?", e),
        _ => new($"the connection to {host} broke during {call}", e) { ConnectionLost = true },
    };

    private static string TlsDetail(HttpRequestException e) => e.InnerException switch
    {
        AuthenticationException { InnerException: { } inner } => inner.Message,
        { } inner => inner.Message,
        null => "the handshake failed; is this an https port?",
    };

    private static string SocketDetail(HttpRequestException e) => (e.InnerException as SocketException)?.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused; is the API server running, and is the port right?",
        SocketError.TimedOut => "timed out; check the network and any firewall",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => "no route; check the network and any VPN",
        _ => e.InnerException?.Message ?? e.Message,
    };
}
