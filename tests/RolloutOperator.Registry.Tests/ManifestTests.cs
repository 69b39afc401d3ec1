using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace RolloutOperator.Registry.Tests;

/// <summary>Which responses prove a digest.</summary>
public sealed class ManifestTests
{
    private const string Accept =
        "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

    [Trait("Image", "head")]
    [Theory]
    [InlineData("application/vnd.oci.image.index.v1+json")]
    [InlineData("application/vnd.docker.distribution.manifest.list.v2+json")]
    [InlineData("application/vnd.oci.image.manifest.v1+json")]
    [InlineData("application/vnd.docker.distribution.manifest.v2+json")]
    [InlineData("application/vnd.docker.distribution.manifest.v2+json; charset=utf-8")]
    [InlineData("Application/vnd.OCI.image.index.v1+json")]
    public async Task One_HEAD_is_enough_if_it_returns_the_digest(string type)
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.Digest(Responses.DigestA, type));
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync(image: "team/app:1.2"));
        var request = Assert.Single(fixture.Registry.Requests);
        Assert.Equal("HEAD /v2/team/app/manifests/1.2", $"{request.Method} {request.Target}");
        Assert.Equal(Accept, request.Headers["Accept"]);
        Assert.StartsWith("rollout-operator/", request.Headers["User-Agent"], StringComparison.Ordinal);
        Assert.Null(request.Authorization);
        Assert.False(request.Headers.ContainsKey("Cookie"));
    }

    [Trait("Image", "index")]
    [Fact]
    public async Task The_accept_header_is_the_same_each_time()
    {
        await using var fixture = await ClientFixture.StartAsync(context =>
            Responses.Digest(context.Request.Headers.Accept == Accept ? Responses.DigestA : Responses.DigestB)(context));
        for (var i = 0; i < 5; i++)
        {
            AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync());
        }
    }

    [Fact]
    public async Task A_pinned_reference_resolves_without_a_request()
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.Status(500));
        AssertResolution.Found(Responses.DigestB, await fixture.ResolveAsync(image: "app:1@" + Responses.DigestB));
        Assert.Empty(fixture.Registry.Requests);
    }

    [Trait("Image", "head")]
    [Fact]
    public async Task Without_a_digest_header_the_manifest_is_fetched_and_hashed()
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.Body(Responses.Manifest));
        AssertResolution.Found(Responses.ManifestDigest, await fixture.ResolveAsync());
        Assert.Equal(["HEAD /v2/app/manifests/1", "GET /v2/app/manifests/1"], fixture.Registry.Lines);
        Assert.All(fixture.Registry.Requests, request => Assert.Equal(Accept, request.Headers["Accept"]));
    }

    [Trait("Image", "head")]
    [Theory]
    [InlineData("sha256:abc")]
    [InlineData("md5:0123456789abcdef0123456789abcdef")]
    [InlineData("latest")]
    public async Task A_digest_header_that_is_invalid_is_ignored(string header)
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.Body(Responses.Manifest, ("Docker-Content-Digest", header)));
        AssertResolution.Found(Responses.ManifestDigest, await fixture.ResolveAsync());
    }

    [Trait("Image", "head")]
    [Fact]
    public async Task After_a_HEAD_without_a_digest_GET_is_used_for_hours()
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.Body(Responses.Manifest));
        await fixture.ResolveAsync();
        await fixture.ResolveAsync();
        Assert.Equal(["HEAD", "GET", "GET"], fixture.Registry.Requests.Select(request => request.Method));
        fixture.Time.Advance(TimeSpan.FromHours(7));
        await fixture.ResolveAsync();
        Assert.Equal("HEAD", fixture.Registry.Requests.ElementAt(3).Method);
    }

    [Trait("Image", "no-head")]
    [Theory]
    [InlineData(404)]
    [InlineData(405)]
    [InlineData(501)]
    public async Task Given_a_registry_without_HEAD_GET_is_used(int status)
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.ByMethod(Responses.Status(status), Responses.Body(Responses.Manifest)));
        AssertResolution.Found(Responses.ManifestDigest, await fixture.ResolveAsync());
    }

    [Trait("Image", "not-found")]
    [Fact]
    public async Task A_missing_tag_costs_one_GET_until_it_is_back()
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.Status(404));
        AssertResolution.Failed(ResolutionStatus.NotFound, await fixture.ResolveAsync());
        AssertResolution.Failed(ResolutionStatus.NotFound, await fixture.ResolveAsync());
        Assert.Equal(["HEAD", "GET", "HEAD"], fixture.Registry.Requests.Select(request => request.Method));
        fixture.Registry.Script = Responses.Digest(Responses.DigestB);
        AssertResolution.Found(Responses.DigestB, await fixture.ResolveAsync());
        fixture.Registry.Script = Responses.Status(404);
        AssertResolution.Failed(ResolutionStatus.NotFound, await fixture.ResolveAsync());
        Assert.Equal(["HEAD", "GET", "HEAD", "HEAD", "HEAD", "GET"], fixture.Registry.Requests.Select(request => request.Method));
    }

    [Trait("Image", "not-found")]
    [Theory]
    [InlineData("""{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}""")]
    [InlineData("""{"errors":[{"code":"NAME_UNKNOWN","message":"repository name not known to registry"}]}""")]
    [InlineData("<html>404</html>")]
    public async Task A_404_is_not_found_whatever_the_body_says(string body)
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.Answer(404, body, ("Content-Type", Responses.IndexType), ("Docker-Content-Digest", Responses.DigestA)));
        AssertResolution.Failed(ResolutionStatus.NotFound, await fixture.ResolveAsync());
    }

    [Trait("Image", "digest-mismatch")]
    [Fact]
    public async Task The_body_is_verified_with_the_algorithm_of_the_digest_header()
    {
        var digest = "sha512:" + Convert.ToHexStringLower(SHA512.HashData(Encoding.UTF8.GetBytes(Responses.Manifest)));
        await using var fixture = await ClientFixture.StartAsync(Responses.ByMethod(Responses.Status(405), Responses.Body(Responses.Manifest, ("Docker-Content-Digest", digest))));
        AssertResolution.Found(digest, await fixture.ResolveAsync());
    }

    [Trait("Image", "digest-mismatch")]
    [Fact]
    public async Task A_manifest_that_does_not_match_its_digest_header_is_rejected()
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.ByMethod(Responses.Status(405), Responses.Body(Responses.Manifest, ("Docker-Content-Digest", Responses.DigestA))));
        AssertResolution.Failed(ResolutionStatus.NotARegistry, await fixture.ResolveAsync());
    }

    [Trait("Image", "wrong-content")]
    [Theory]
    [InlineData("text/html")]
    [InlineData("application/json")]
    [InlineData("application/vnd.docker.distribution.manifest.v1+prettyjws")]
    [InlineData("application/vnd.docker.distribution.manifest.v1+json")]
    [InlineData(null)]
    public async Task Another_content_type_is_rejected_whatever_the_digest_header_says(string? type)
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.Answer(200, "<html>", [("Docker-Content-Digest", Responses.DigestA), .. type is null ? Array.Empty<(string, string)>() : [("Content-Type", type)]]));
        AssertResolution.Failed(ResolutionStatus.NotARegistry, await fixture.ResolveAsync());
        Assert.Single(fixture.Registry.Requests);
    }

    [Trait("Image", "wrong-content")]
    [Theory]
    [InlineData("<html></html>")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"schemaVersion":1}""")]
    [InlineData("""{"schemaVersion":"2"}""")]
    [InlineData("""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json"}""")]
    [InlineData("""{"schemaVersion":2,"mediaType":7}""")]
    [InlineData("""{"schemaVersion":2""")]
    public async Task A_body_that_is_not_a_manifest_is_rejected(string body)
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.Body(body));
        AssertResolution.Failed(ResolutionStatus.NotARegistry, await fixture.ResolveAsync());
    }

    [Fact]
    public async Task A_compressed_body_is_rejected()
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.ByMethod(Responses.Status(405), Responses.Body(Responses.Manifest, ("Content-Encoding", "gzip"))));
        AssertResolution.Failed(ResolutionStatus.NotARegistry, await fixture.ResolveAsync());
    }

    [Trait("Image", "slow-bodies")]
    [Theory]
    [InlineData("Content-Length: 1073741824")]
    [InlineData("Connection: close")]
    public async Task A_body_over_the_limit_is_not_read_to_the_end(string header)
    {
        // Plain sockets: Kestrel continues to write for a while after the client stops reading.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var sending = SendAsync(listener, $"HTTP/1.1 200 OK\r\nContent-Type: {Responses.IndexType}\r\n{header}\r\n\r\n");
        await using var fixture = await ClientFixture.StartAsync(Responses.Status(500));
        var host = $"large.test:{((IPEndPoint)listener.LocalEndpoint).Port}";
        fixture.OtherEntries = $$""", "{{host}}": { "http": true, "networks": ["127.0.0.1/32"] }""";
        AssertResolution.Failed(ResolutionStatus.NotARegistry, await fixture.Client.ResolveAsync(ClientFixture.ParseReference(host + "/app:1"), Keyring.Empty, TestContext.Current.CancellationToken));
        Assert.InRange(await sending, 0, 64 << 20);
    }

    [Trait("Image", "other-statuses")]
    [Theory]
    [InlineData(400, ResolutionStatus.NotARegistry)]
    [InlineData(401, ResolutionStatus.Unauthorized)]
    [InlineData(403, ResolutionStatus.Denied)]
    [InlineData(408, ResolutionStatus.Unavailable)]
    [InlineData(418, ResolutionStatus.NotARegistry)]
    [InlineData(204, ResolutionStatus.NotARegistry)]
    [InlineData(304, ResolutionStatus.NotARegistry)]
    [InlineData(500, ResolutionStatus.Unavailable)]
    [InlineData(502, ResolutionStatus.Unavailable)]
    [InlineData(503, ResolutionStatus.Unavailable)]
    [InlineData(504, ResolutionStatus.Unavailable)]
    public async Task No_other_status_is_a_digest_whatever_the_header_says(int status, ResolutionStatus reason)
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.Status(status, ("Docker-Content-Digest", Responses.DigestA), ("Content-Type", Responses.IndexType)));
        AssertResolution.Failed(reason, await fixture.ResolveAsync());
        Assert.Single(fixture.Registry.Requests);
    }

    [Fact]
    public async Task Given_alternating_digests_each_response_is_reported()
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.InSequence(Responses.Digest(Responses.DigestA), Responses.Digest(Responses.DigestB), Responses.Digest(Responses.DigestA)));
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync());
        AssertResolution.Found(Responses.DigestB, await fixture.ResolveAsync());
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync());
    }

    // Returns the number of bytes sent until the client closes the connection.
    private static async Task<long> SendAsync(TcpListener listener, string head)
    {
        while (true)
        {
            using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
            using var stream = client.GetStream();
            using var reader = new StreamReader(stream, leaveOpen: true);
            var isHead = (await reader.ReadLineAsync(TestContext.Current.CancellationToken))!.StartsWith("HEAD", StringComparison.Ordinal);
            while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { Length: > 0 })
            {
                // Skip the headers of the request.
            }

            if (isHead)
            {
                await stream.WriteAsync("HTTP/1.1 405 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
                continue;
            }

            await stream.WriteAsync(Encoding.ASCII.GetBytes(head), TestContext.Current.CancellationToken);
            var chunk = new byte[64 << 10];
            for (var sent = 0L; ; sent += chunk.Length)
            {
                try
                {
                    await stream.WriteAsync(chunk, TestContext.Current.CancellationToken);
                }
                catch (IOException)
                {
                    return sent;
                }

                if (sent > 1 << 30)
                {
                    return sent;
                }
            }
        }
    }
}
