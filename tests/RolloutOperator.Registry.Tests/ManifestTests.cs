using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace RolloutOperator.Registry.Tests;

/// <summary>Which answers are a digest.</summary>
public sealed class ManifestTests
{
    private const string Accept =
        "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

    [Theory]
    [InlineData("application/vnd.oci.image.index.v1+json")]
    [InlineData("application/vnd.docker.distribution.manifest.list.v2+json")]
    [InlineData("application/vnd.oci.image.manifest.v1+json")]
    [InlineData("application/vnd.docker.distribution.manifest.v2+json")]
    [InlineData("application/vnd.docker.distribution.manifest.v2+json; charset=utf-8")]
    [InlineData("Application/vnd.OCI.image.index.v1+json")]
    public async Task One_head_is_enough_when_it_names_the_digest(string type)
    {
        await using var lab = await Lab.StartAsync(Say.Digest(Say.A, type));
        Expect.Found(Say.A, await lab.LookAsync(image: "team/app:1.2"));
        var request = Assert.Single(lab.Registry.Requests);
        Assert.Equal("HEAD /v2/team/app/manifests/1.2", $"{request.Method} {request.Target}");
        Assert.Equal(Accept, request.Headers["Accept"]);
        Assert.StartsWith("rollout-operator/", request.Headers["User-Agent"], StringComparison.Ordinal);
        Assert.Null(request.Authorization);
        Assert.False(request.Headers.ContainsKey("Cookie"));
    }

    [Fact]
    public async Task The_same_is_asked_each_time_so_that_index_and_manifest_do_not_take_turns()
    {
        await using var lab = await Lab.StartAsync(context =>
            Say.Digest(context.Request.Headers.Accept == Accept ? Say.A : Say.B)(context));
        for (var i = 0; i < 5; i++)
        {
            Expect.Found(Say.A, await lab.LookAsync());
        }
    }

    [Fact]
    public async Task A_pinned_reference_is_its_own_answer()
    {
        await using var lab = await Lab.StartAsync(Say.Status(500));
        Expect.Found(Say.B, await lab.LookAsync(image: "app:1@" + Say.B));
        Assert.Empty(lab.Registry.Requests);
    }

    [Fact]
    public async Task Without_the_header_the_manifest_is_fetched_and_hashed()
    {
        await using var lab = await Lab.StartAsync(Say.Body(Say.Manifest));
        Expect.Found(Say.ManifestDigest, await lab.LookAsync());
        Assert.Equal(["HEAD /v2/app/manifests/1", "GET /v2/app/manifests/1"], lab.Registry.Lines);
        Assert.All(lab.Registry.Requests, request => Assert.Equal(Accept, request.Headers["Accept"]));
    }

    [Theory]
    [InlineData("sha256:abc")]
    [InlineData("md5:0123456789abcdef0123456789abcdef")]
    [InlineData("latest")]
    public async Task A_header_that_is_no_digest_is_none(string header)
    {
        await using var lab = await Lab.StartAsync(Say.Body(Say.Manifest, ("Docker-Content-Digest", header)));
        Expect.Found(Say.ManifestDigest, await lab.LookAsync());
    }

    [Fact]
    public async Task That_a_head_says_nothing_is_remembered_for_hours()
    {
        await using var lab = await Lab.StartAsync(Say.Body(Say.Manifest));
        await lab.LookAsync();
        await lab.LookAsync();
        Assert.Equal(["HEAD", "GET", "GET"], lab.Registry.Requests.Select(request => request.Method));
        lab.Time.Advance(TimeSpan.FromHours(7));
        await lab.LookAsync();
        Assert.Equal("HEAD", lab.Registry.Requests.ElementAt(3).Method);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(405)]
    [InlineData(501)]
    public async Task A_registry_that_does_not_know_head_is_asked_with_get(int status)
    {
        await using var lab = await Lab.StartAsync(Say.ByMethod(Say.Status(status), Say.Body(Say.Manifest)));
        Expect.Found(Say.ManifestDigest, await lab.LookAsync());
    }

    [Fact]
    public async Task A_tag_that_is_gone_costs_one_get_until_it_is_back()
    {
        await using var lab = await Lab.StartAsync(Say.Status(404));
        Expect.Nothing(NoInformationReason.NotFound, await lab.LookAsync());
        Expect.Nothing(NoInformationReason.NotFound, await lab.LookAsync());
        Assert.Equal(["HEAD", "GET", "HEAD"], lab.Registry.Requests.Select(request => request.Method));
        lab.Registry.Script = Say.Digest(Say.B);
        Expect.Found(Say.B, await lab.LookAsync());
        lab.Registry.Script = Say.Status(404);
        Expect.Nothing(NoInformationReason.NotFound, await lab.LookAsync());
        Assert.Equal(["HEAD", "GET", "HEAD", "HEAD", "HEAD", "GET"], lab.Registry.Requests.Select(request => request.Method));
    }

    [Theory]
    [InlineData("""{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}""")]
    [InlineData("""{"errors":[{"code":"NAME_UNKNOWN","message":"repository name not known to registry"}]}""")]
    [InlineData("<html>404</html>")]
    public async Task A_404_is_no_information_whatever_it_says(string body)
    {
        await using var lab = await Lab.StartAsync(Say.Answer(404, body, ("Content-Type", Say.Index), ("Docker-Content-Digest", Say.A)));
        Expect.Nothing(NoInformationReason.NotFound, await lab.LookAsync());
    }

    [Fact]
    public async Task A_digest_of_the_headers_own_algorithm_is_verified_by_it()
    {
        var digest = "sha512:" + Convert.ToHexStringLower(SHA512.HashData(Encoding.UTF8.GetBytes(Say.Manifest)));
        await using var lab = await Lab.StartAsync(Say.ByMethod(Say.Status(405), Say.Body(Say.Manifest, ("Docker-Content-Digest", digest))));
        Expect.Found(digest, await lab.LookAsync());
    }

    [Fact]
    public async Task A_manifest_that_is_not_what_its_header_says_is_no_information()
    {
        await using var lab = await Lab.StartAsync(Say.ByMethod(Say.Status(405), Say.Body(Say.Manifest, ("Docker-Content-Digest", Say.A))));
        Expect.Nothing(NoInformationReason.NotARegistry, await lab.LookAsync());
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/json")]
    [InlineData("application/vnd.docker.distribution.manifest.v1+prettyjws")]
    [InlineData("application/vnd.docker.distribution.manifest.v1+json")]
    [InlineData(null)]
    public async Task Another_type_of_content_is_no_information_whatever_the_header_says(string? type)
    {
        await using var lab = await Lab.StartAsync(Say.Answer(200, "<html>", [("Docker-Content-Digest", Say.A), .. type is null ? Array.Empty<(string, string)>() : [("Content-Type", type)]]));
        Expect.Nothing(NoInformationReason.NotARegistry, await lab.LookAsync());
        Assert.Single(lab.Registry.Requests);
    }

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
    public async Task What_is_fetched_has_to_be_a_manifest(string body)
    {
        await using var lab = await Lab.StartAsync(Say.Body(body));
        Expect.Nothing(NoInformationReason.NotARegistry, await lab.LookAsync());
    }

    [Fact]
    public async Task A_packed_body_is_no_information()
    {
        await using var lab = await Lab.StartAsync(Say.ByMethod(Say.Status(405), Say.Body(Say.Manifest, ("Content-Encoding", "gzip"))));
        Expect.Nothing(NoInformationReason.NotARegistry, await lab.LookAsync());
    }

    [Theory]
    [InlineData("Content-Length: 1073741824")]
    [InlineData("Connection: close")]
    public async Task A_body_over_the_limit_is_not_read_to_its_end(string header)
    {
        // Bare sockets: Kestrel goes on writing for a while when nobody reads any more.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var sending = SendAsync(listener, $"HTTP/1.1 200 OK\r\nContent-Type: {Say.Index}\r\n{header}\r\n\r\n");
        await using var lab = await Lab.StartAsync(Say.Status(500));
        var host = $"large.test:{((IPEndPoint)listener.LocalEndpoint).Port}";
        lab.Others = $$""", "{{host}}": { "http": true, "networks": ["127.0.0.1/32"] }""";
        Expect.Nothing(NoInformationReason.NotARegistry, await lab.Client.ResolveAsync(Lab.Parse(host + "/app:1"), Keyring.Empty, TestContext.Current.CancellationToken));
        Assert.InRange(await sending, 0, 64 << 20);
    }

    [Theory]
    [InlineData(400, NoInformationReason.NotARegistry)]
    [InlineData(401, NoInformationReason.Unauthorized)]
    [InlineData(403, NoInformationReason.Denied)]
    [InlineData(408, NoInformationReason.Unavailable)]
    [InlineData(418, NoInformationReason.NotARegistry)]
    [InlineData(204, NoInformationReason.NotARegistry)]
    [InlineData(304, NoInformationReason.NotARegistry)]
    [InlineData(500, NoInformationReason.Unavailable)]
    [InlineData(502, NoInformationReason.Unavailable)]
    [InlineData(503, NoInformationReason.Unavailable)]
    [InlineData(504, NoInformationReason.Unavailable)]
    public async Task No_other_status_is_a_digest_whatever_the_header_says(int status, NoInformationReason reason)
    {
        await using var lab = await Lab.StartAsync(Say.Status(status, ("Docker-Content-Digest", Say.A), ("Content-Type", Say.Index)));
        Expect.Nothing(reason, await lab.LookAsync());
        Assert.Single(lab.Registry.Requests);
    }

    [Fact]
    public async Task A_registry_that_takes_turns_is_reported_as_it_is()
    {
        await using var lab = await Lab.StartAsync(Say.InTurn(Say.Digest(Say.A), Say.Digest(Say.B), Say.Digest(Say.A)));
        Expect.Found(Say.A, await lab.LookAsync());
        Expect.Found(Say.B, await lab.LookAsync());
        Expect.Found(Say.A, await lab.LookAsync());
    }

    // How much goes out before the other side has had enough.
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
                // The headers of the request.
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
