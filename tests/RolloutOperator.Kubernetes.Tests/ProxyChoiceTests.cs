using RolloutOperator.Kubernetes.Transport;

namespace RolloutOperator.Kubernetes.Tests;

public class ProxyChoiceTests
{
    [Theory]
    [InlineData("https://api.example.com", "", true)]
    [InlineData("https://api.example.com", "example.com", false)]
    [InlineData("https://api.example.com", ".example.com", false)]
    [InlineData("https://api.example.com", "*.example.com", false)]
    [InlineData("https://example.com", ".example.com", true)]
    [InlineData("https://notexample.com", "example.com", true)]
    [InlineData("https://api.example.com", "other, API.example.com:443", false)]
    [InlineData("https://api.example.com", "api.example.com:6443", true)]
    [InlineData("https://api.example.com", "*", false)]
    [InlineData("https://10.96.0.1", "10.0.0.0/8", false)]
    [InlineData("https://10.96.0.1", "10.97.0.0/16,x", true)]
    [InlineData("https://10.96.0.1", "10.96.0.1:443", false)]
    [InlineData("https://10.96.0.1", "10.96.0.1", false)]
    [InlineData("https://[fd00::1]:6443", "fd00::/8", false)]
    [InlineData("https://localhost:6443", "", false)]
    [InlineData("https://127.0.0.1:6443", "", false)]
    [InlineData("http://api.example.com", "", false)]
    public void The_environments_proxy_is_used_unless_the_server_is_excluded(string server, string exclusions, bool expected)
    {
        var endpoint = new KubeEndpoint { Server = new Uri(server), Description = "" };
        Uri? proxy = ProxyChoice.For(endpoint, name => name switch
        {
            "https_proxy" => "proxy.local:3128",
            "NO_PROXY" => exclusions,
            _ => null,
        });
        Assert.Equal(expected ? new Uri("http://proxy.local:3128") : null, proxy);
    }

    [Fact]
    public void The_endpoints_own_proxy_is_always_used()
    {
        var own = new Uri("socks5://proxy:1080");
        var endpoint = new KubeEndpoint { Server = new Uri("https://localhost"), Description = "", Proxy = own };
        Assert.Equal(own, ProxyChoice.For(endpoint, _ => "*"));
    }

    [Fact]
    public void A_proxy_that_is_no_address_is_refused()
    {
        var endpoint = new KubeEndpoint { Server = new Uri("https://host"), Description = "" };
        Assert.Throws<KubeConfigException>(() => ProxyChoice.For(endpoint, name => name == "HTTPS_PROXY" ? "ftp://u:p@x" : null));
    }
}
