using System.Net.Sockets;
using System.Security.Authentication;

namespace RolloutOperator.Kubernetes.Wire;

/// <summary>Puts what went wrong on the way into one sentence with the host and the likely remedy.</summary>
internal static class TransportFault
{
    public static bool Covers(Exception failure) => failure is HttpRequestException or IOException or OperationCanceledException or MalformedAnswerException;

    /// <summary>For a failure that <see cref="Covers"/>.</summary>
    /// <param name="failure">What was thrown.</param>
    /// <param name="endpoint">Whom we talked to.</param>
    /// <param name="request">What was asked.</param>
    /// <param name="refusal">Why our own check refused the server's certificate, if it did.</param>
    public static KubeTransportException From(Exception failure, KubeEndpoint endpoint, HttpRequestMessage request, string? refusal)
    {
        string host = endpoint.Server.Authority;
        string call = $"{RequestName.Verb(request)} {RequestName.Path(request)}";
        return failure switch
        {
            MalformedAnswerException e => new($"{host} answered {call} with something unexpected: {e.Message}; is {endpoint.Server} the Kubernetes API?"),
            HttpRequestException e => FromHttp(e, endpoint, host, call, refusal),
            OperationCanceledException => new($"{host} could not be connected to in time for {call}; check the server's address, the network and any proxy ({endpoint.Description})", failure),
            _ => new($"the connection to {host} broke during {call}", failure) { ConnectionLost = true },
        };
    }

    public static KubeTransportException Timeout(KubeEndpoint endpoint, HttpRequestMessage request, TimeSpan limit) =>
        new($"{endpoint.Server.Authority} did not finish answering {RequestName.Verb(request)} {RequestName.Path(request)} within {limit.TotalSeconds:0} s; the API server is overloaded or the network loses packets");

    private static KubeTransportException FromHttp(HttpRequestException e, KubeEndpoint endpoint, string host, string call, string? refusal) => e.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError =>
            new($"the name {endpoint.Server.Host} cannot be resolved; check the server's address and DNS ({endpoint.Description})", e),
        HttpRequestError.SecureConnectionError =>
            new($"no TLS connection to {host}: {refusal ?? TlsDetail(e)} ({endpoint.Description})", e),
        HttpRequestError.ProxyTunnelError =>
            new($"the proxy would not connect to {host}; check proxy-url, HTTPS_PROXY and NO_PROXY ({endpoint.Description})", e),
        HttpRequestError.ConnectionError =>
            new($"{host} cannot be reached: {SocketDetail(e)} ({endpoint.Description})", e),
        HttpRequestError.InvalidResponse or HttpRequestError.VersionNegotiationError =>
            new($"{host} does not answer {call} with proper HTTP; is {endpoint.Server} the Kubernetes API, and is http or https right?", e),
        _ => new($"the connection to {host} broke during {call}", e) { ConnectionLost = true },
    };

    private static string TlsDetail(HttpRequestException e) => e.InnerException switch
    {
        AuthenticationException { InnerException: { } inner } => inner.Message,
        { } inner => inner.Message,
        null => "the handshake failed; is it an https port?",
    };

    private static string SocketDetail(HttpRequestException e) => (e.InnerException as SocketException)?.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused; is the API server running, and is the port right?",
        SocketError.TimedOut => "no answer; check the network and any firewall",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => "no route; check the network and any VPN",
        _ => e.InnerException?.Message ?? e.Message,
    };
}
