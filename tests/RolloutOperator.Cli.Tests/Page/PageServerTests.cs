using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using RolloutOperator.Cli.Output;
using RolloutOperator.Cli.Page;

namespace RolloutOperator.Cli.Tests.Page;

/// <summary>Whom the page answers, by the server that people run.</summary>
public sealed class PageServerTests : IAsyncLifetime
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });
    private PageServer _server = null!;

    public async ValueTask InitializeAsync() =>
        _server = await PageServer.StartAsync(0, new PageContent(new ScriptedReports(ScriptedReports.Workload("a", WorkloadState.Blocked), ScriptedReports.Workload("b"))), TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/?token=")]
    [InlineData("/?token=k2twA7Kd1IdiPgdwXx2PwFYgDaVxTDC2FVgritstY9g")]
    [InlineData("/api/status")]
    [InlineData("/api/explain?kind=Deployment&name=a&namespace=shop")]
    [InlineData("/api/history")]
    [InlineData("/api/graph?namespace=shop")]
    [InlineData("/api/changes")]
    [InlineData("/nothing")]
    public async Task Without_the_token_nothing_of_the_cluster_is_said(string path)
    {
        using var answer = await SendAsync(path);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.StartsWith("A token is needed: open the whole address", await TextAsync(answer), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Bearer k2twA7Kd1IdiPgdwXx2PwFYgDaVxTDC2FVgritstY9g")]
    [InlineData("Bearer {token}x")]
    public async Task A_wrong_token_in_the_header_is_refused_whatever_the_address_says(string header)
    {
        using var answer = await SendAsync("/api/status?token=" + _server.Token, ("Authorization", header.Replace("{token}", _server.Token, StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task With_the_token_it_gives_what_the_command_prints()
    {
        var json = JsonNode.Parse(await TextAsync(await WithTokenAsync("/api/status")))!;
        Assert.Equal(["Blocked a", "UpToDate b"], json["workloads"]!.AsArray().Select(each => $"{each!["state"]} {each["name"]}"));
        using var page = await SendAsync("/?token=" + _server.Token);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.DoesNotContain(_server.Token, await TextAsync(page), StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_has_256_bits_and_is_another_one_each_time()
    {
        string[] tokens = [.. Enumerable.Range(0, 100).Select(_ => RequestRules.NewToken())];
        Assert.Equal(100, tokens.Distinct().Count());
        Assert.All(tokens, token => Assert.Matches("^[A-Za-z0-9_-]{43}$", token));
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:{port}")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:1")]
    [InlineData("127.0.0.1.evil.example:{port}")]
    [InlineData("127.0.0.2:{port}")]
    [InlineData("localhost.:{port}")]
    [InlineData("user@localhost:{port}")]
    [InlineData("")]
    public async Task A_foreign_name_is_refused_as_in_DNS_rebinding(string host)
    {
        foreach (var path in new[] { "/app.js", "/?token=" + _server.Token, "/api/status?token=" + _server.Token })
        {
            var status = await RawAsync($"GET {path} HTTP/1.1\r\nHost: {host.Replace("{port}", $"{_server.Port}", StringComparison.Ordinal)}\r\nConnection: close\r\n\r\n");
            Assert.Contains(status, new[] { "HTTP/1.1 403 Forbidden", "HTTP/1.1 400 Bad Request" });
        }
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    [InlineData("LOCALHOST")]
    [InlineData("[::1]")]
    public async Task Its_own_names_are_taken(string host) =>
        Assert.Equal("HTTP/1.1 200 OK", await RawAsync($"GET /api/status?token={_server.Token} HTTP/1.1\r\nHost: {host}:{_server.Port}\r\nConnection: close\r\n\r\n"));

    [Theory]
    [InlineData("GET /api/status HTTP/1.1\r\nConnection: close\r\n\r\n")]
    [InlineData("GET /api/status HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n")]
    [InlineData("GET /api/status HTTP/1.0\r\n\r\n")]
    [InlineData("GET http://evil.example/api/status HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")]
    public async Task No_host_and_two_hosts_are_refused(string request) =>
        Assert.Contains(await RawAsync(request), new[] { "HTTP/1.1 403 Forbidden", "HTTP/1.1 400 Bad Request" });

    [Theory]
    [InlineData("Origin", "http://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "null", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "https://127.0.0.1:{port}", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "http://127.0.0.1:1", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "http://127.0.0.1:{port}", HttpStatusCode.OK)]
    [InlineData("Sec-Fetch-Site", "cross-site", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "same-site", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "same-origin", HttpStatusCode.OK)]
    [InlineData("Sec-Fetch-Site", "none", HttpStatusCode.OK)]
    public async Task Other_pages_may_not_read_it(string name, string value, HttpStatusCode expected)
    {
        using var answer = await WithTokenAsync("/api/status", (name, value.Replace("{port}", $"{_server.Port}", StringComparison.Ordinal)));
        Assert.Equal(expected, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task A_link_elsewhere_may_lead_to_it()
    {
        using var answer = await SendAsync("/?token=" + _server.Token, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("TRACE")]
    public async Task It_only_reads(string method)
    {
        foreach (var path in new[] { "/", "/api/status", "/app.js" })
        {
            using var request = new HttpRequestMessage(new(method), new Uri($"http://127.0.0.1:{_server.Port}{path}?token={_server.Token}"));
            using var answer = await _client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
            Assert.Equal(["GET", "HEAD"], answer.Content.Headers.Allow.Order());
        }
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/app.js")]
    [InlineData("/style.css")]
    [InlineData("/api/status")]
    [InlineData("/api/explain?kind=Deployment&name=a&namespace=shop")]
    [InlineData("/api/changes")]
    [InlineData("/nothing")]
    public async Task Each_answer_is_kept_nowhere_and_loads_nothing_from_elsewhere(string path)
    {
        foreach (var token in new[] { _server.Token, "wrong" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Head, new Uri($"http://127.0.0.1:{_server.Port}{path}"));
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
            using var answer = await _client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal("", await TextAsync(answer));
            var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            Assert.StartsWith("default-src 'none'; script-src 'self'; ", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
            Assert.Equal("same-origin", Assert.Single(answer.Headers.GetValues("Cross-Origin-Resource-Policy")));
            Assert.Empty(answer.Headers.Server);
        }
    }

    [Fact]
    public async Task What_is_wrong_is_said_as_JSON()
    {
        using var answer = await WithTokenAsync("/api/explain?kind=Deployment&name=<b>&namespace=shop");
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Equal("there is no Deployment/<b> in \"shop\"", (string?)JsonNode.Parse(await TextAsync(answer))!["error"]);
    }

    [Fact]
    public async Task Changes_come_as_a_stream_that_ends_with_the_server()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{_server.Port}/api/changes?token={_server.Token}"));
        using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        Assert.Equal("data: {\"version\":1,\"looks\":1}", await lines.ReadLineAsync(TestContext.Current.CancellationToken));
        Assert.Equal("", await lines.ReadLineAsync(TestContext.Current.CancellationToken));
        Assert.Equal(": still there", await lines.ReadLineAsync(TestContext.Current.CancellationToken));
        await _server.DisposeAsync();
        await Assert.ThrowsAnyAsync<IOException>(() => lines.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task It_listens_on_loopback_only_and_says_when_a_port_is_taken()
    {
        Assert.StartsWith("http://127.0.0.1:", _server.Address, StringComparison.Ordinal);
        var problem = await Assert.ThrowsAsync<CommandException>(() => PageServer.StartAsync(_server.Port, new PageContent(new ScriptedReports()), TestContext.Current.CancellationToken));
        Assert.StartsWith($"--port: {_server.Port} cannot be listened on: ", problem.Message, StringComparison.Ordinal);
        using var elsewhere = new TcpClient();
        await Assert.ThrowsAnyAsync<SocketException>(() => elsewhere.ConnectAsync(IPAddress.Parse("127.0.0.2"), _server.Port, TestContext.Current.CancellationToken).AsTask());
    }

    [Fact]
    public async Task The_page_has_no_script_or_style_in_its_markup_and_nothing_from_elsewhere()
    {
        var page = await TextAsync(await WithTokenAsync("/"));
        Assert.DoesNotMatch("<script(?! type=\"module\" src=\"/app.js\"></script>)|<style|style=| on[a-z]+=\"", page);
        foreach (var file in new[] { "app.js", "dom.js", "list.js", "workload.js", "graph.js", "timeline.js", "style.css", "icon.svg" })
        {
            var text = await TextAsync(await SendAsync("/" + file));
            Assert.DoesNotMatch("innerHTML|insertAdjacent|document\\.write|eval\\(|https?://(?!www\\.w3\\.org/2000/svg)", text);
        }
    }

    private Task<HttpResponseMessage> WithTokenAsync(string path, params (string Name, string Value)[] headers) =>
        SendAsync(path, [("Authorization", "Bearer " + _server.Token), .. headers]);

    private async Task<HttpResponseMessage> SendAsync(string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{_server.Port}{path}"));
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await _client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static Task<string> TextAsync(HttpResponseMessage answer) => answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

    // A request as it is on the wire; gives the first line of the answer.
    private async Task<string?> RawAsync(string request)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, _server.Port, TestContext.Current.CancellationToken);
        await using var stream = connection.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        using var answer = new StreamReader(stream);
        return await answer.ReadLineAsync(TestContext.Current.CancellationToken);
    }
}
