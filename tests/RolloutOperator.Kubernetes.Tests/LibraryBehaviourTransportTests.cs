extern alias library;

using System.Text.Json;
using library::k8s;
using library::k8s.Autorest;
using Microsoft.AspNetCore.Http;

namespace RolloutOperator.Kubernetes.Tests;

/// <summary>
/// What KubernetesClient's own client does where the operator has a transport of its own (ADR 20). A test that fails here
/// after an update says that upstream has changed, and that the code beside it may go.
/// </summary>
public class LibraryBehaviourTransportTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_certificate_for_another_host_gets_the_token_when_the_authority_is_private()
    {
        var authority = CertificateAuthority.CreateRoot("ours");
        await using ApiServer server = await TlsTests.StartAsync(authority.ForServer("another.example.com"));
        using var client = new library::k8s.Kubernetes(new KubernetesClientConfiguration
        {
            Host = server.Address.AbsoluteUri,
            SslCaCerts = [authority.Certificate],
            AccessToken = "t0ken",
        });
        await client.Version.GetCodeAsync(Token);
        Assert.Equal("Bearer t0ken", Assert.Single(server.Requests).Headers["Authorization"]);
    }

    [Fact]
    public async Task A_name_with_dots_and_slashes_addresses_another_object()
    {
        await using ApiServer server = await ApiServer.StartAsync(context => context.JsonAsync(Answers.Object("b")));
        using library::k8s.Kubernetes client = Client(server);
        await client.CoreV1.ReadNamespacedConfigMapAsync("a/../../secrets/b", "shop", cancellationToken: Token);
        Assert.Equal("/api/v1/namespaces/shop/secrets/b", Assert.Single(server.Requests).Target);
    }

    [Fact]
    public async Task An_error_carries_the_whole_body_however_long()
    {
        string body = new('x', 1 << 20);
        await using ApiServer server = await ApiServer.StartAsync(context => context.JsonAsync(body, 500));
        using library::k8s.Kubernetes client = Client(server);
        var failure = await Assert.ThrowsAsync<HttpOperationException>(() => client.CoreV1.ReadNamespacedSecretAsync("s", "n", cancellationToken: Token));
        Assert.Equal(body, failure.Response.Content);
    }

    [Fact]
    public async Task A_web_page_with_a_200_is_a_bare_JSON_error()
    {
        await using ApiServer server = await ApiServer.StartAsync(async context =>
        {
            context.Response.ContentType = "text/html";
            await context.Response.WriteAsync("<title>Sign in</title>");
        });
        using library::k8s.Kubernetes client = Client(server);
        await Assert.ThrowsAsync<JsonException>(() => client.CoreV1.ReadNamespacedSecretAsync("s", "n", cancellationToken: Token));
    }

    [Fact]
    public async Task A_429_with_Retry_After_is_not_retried()
    {
        await using ApiServer server = await ApiServer.StartAsync(context =>
        {
            context.Response.Headers.RetryAfter = "0";
            return context.StatusAsync(429, "TooManyRequests");
        });
        using library::k8s.Kubernetes client = Client(server);
        await Assert.ThrowsAsync<HttpOperationException>(() => client.CoreV1.ReadNamespacedSecretAsync("s", "n", cancellationToken: Token));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_watch_drops_malformed_lines_and_ERROR_events()
    {
        string error = """{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","code":410,"reason":"Expired"}}""" + "\n";
        await using ApiServer server = await ApiServer.StartAsync(context =>
            context.FrameAsync(Answers.Frame("ADDED", "a") + "nonsense\n" + error + Answers.Frame("ADDED", "b")));
        using library::k8s.Kubernetes client = Client(server);
        var names = new List<string>();
        await foreach ((_, library::k8s.Models.V1ConfigMap seen) in client.CoreV1.WatchListNamespacedConfigMapAsync("shop", cancellationToken: Token))
        {
            names.Add(seen.Metadata.Name);
        }

        Assert.Equal(["a", "b"], names);
    }

    private static library::k8s.Kubernetes Client(ApiServer server) => new(new KubernetesClientConfiguration { Host = server.Address.AbsoluteUri });
}
