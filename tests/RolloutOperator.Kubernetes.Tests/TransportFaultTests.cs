using System.Net.Sockets;
using System.Security.Authentication;
using RolloutOperator.Kubernetes.Errors;
using RolloutOperator.Kubernetes.Requests;

namespace RolloutOperator.Kubernetes.Tests;

public class TransportFaultTests
{
    private static readonly KubeEndpoint Endpoint = new() { Server = new Uri("https://api.example.com:6443/p"), Description = "context x of /y" };

    [Theory]
    [InlineData(HttpRequestError.NameResolutionError, "the name api.example.com cannot be resolved; check the server's address and DNS (context x of /y)", false)]
    [InlineData(HttpRequestError.SecureConnectionError, "no TLS connection to api.example.com:6443: the handshake failed; is this an https port? (context x of /y)", false)]
    [InlineData(HttpRequestError.ProxyTunnelError, "the proxy refused to connect to api.example.com:6443; check proxy-url, HTTPS_PROXY and NO_PROXY (context x of /y)", false)]
    [InlineData(HttpRequestError.InvalidResponse, "api.example.com:6443 sent invalid HTTP in response to list /api/v1/secrets; is https://api.example.com:6443/p the Kubernetes API, and is the scheme right?", false)]
    [InlineData(HttpRequestError.HttpProtocolError, "the connection to api.example.com:6443 broke during list /api/v1/secrets", true)]
    public void Each_failure_is_one_sentence_with_the_host_and_a_remedy(HttpRequestError error, string message, bool lost)
    {
        KubeTransportException failure = From(new HttpRequestException(error), null);
        Assert.Equal(message, failure.Message);
        Assert.Equal(lost, failure.ConnectionLost);
    }

    [Theory]
    [InlineData(SocketError.ConnectionRefused, "connection refused; is the API server running, and is the port right?")]
    [InlineData(SocketError.TimedOut, "timed out; check the network and any firewall")]
    [InlineData(SocketError.NetworkUnreachable, "no route; check the network and any VPN")]
    public void Socket_errors_are_explained(SocketError error, string message) => Assert.Equal(
        $"api.example.com:6443 cannot be reached: {message} (context x of /y)",
        From(new HttpRequestException(HttpRequestError.ConnectionError, "", new SocketException((int)error)), null).Message);

    [Fact]
    public void Our_reason_for_rejecting_a_certificate_replaces_the_runtimes() => Assert.Equal(
        "no TLS connection to api.example.com:6443: it is not ours (context x of /y)",
        From(new HttpRequestException(HttpRequestError.SecureConnectionError, "", new AuthenticationException("a callback said no")), "it is not ours").Message);

    [Fact]
    public void A_connection_that_times_out_is_reported() => Assert.StartsWith(
        "connecting to api.example.com:6443 timed out (list /api/v1/secrets)",
        From(new TaskCanceledException("", new TimeoutException()), null).Message,
        StringComparison.Ordinal);

    private static KubeTransportException From(Exception failure, string? refusal)
    {
        using HttpRequestMessage request = KubeRequest.List(ResourceTypes.Secrets, null, new ListOptions { LabelSelector = "a=b" });
        return TransportFault.From(failure, Endpoint, request, refusal);
    }
}
