using System.Collections.Concurrent;
using System.Net;
using System.Text;
using k8s.Models;
using Microsoft.AspNetCore.Http;

namespace RolloutOperator.Kubernetes.Tests;

public class KubeClientTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_object_is_read_through_the_reader()
    {
        await using ApiServer server = await ApiServer.StartAsync(context => context.JsonAsync(Answers.Object("web")));
        using KubeClient client = server.Client(credential: new KubeCredential.Token("t0ken"));
        Assert.Equal("web", await client.GetAsync(ResourceTypes.ConfigMaps, "n", "web", Answers.Name, Token));
        ApiServer.Request request = Assert.Single(server.Requests);
        Assert.Equal("/api/v1/namespaces/n/configmaps/web", request.Target);
        Assert.Equal("Bearer t0ken", request.Headers["Authorization"]);
        Assert.StartsWith("rollout-operator/", request.Headers["User-Agent"], StringComparison.Ordinal);
        Assert.Equal("gzip", request.Headers["Accept-Encoding"]);
    }

    [Fact]
    public async Task A_path_prefix_of_the_server_is_kept()
    {
        await using ApiServer server = await ApiServer.StartAsync(context => context.JsonAsync("""{"gitVersion":"v1.33.1"}"""));
        using var client = new KubeClient(server.Endpoint with { Server = new Uri(server.Address, "k8s/clusters/c-1") }, TimeProvider.System, () => 0);
        Assert.Equal("v1.33.1", await client.GetServerVersionAsync(Token));
        Assert.Equal("/k8s/clusters/c-1/version", Assert.Single(server.Requests).Target);
    }

    [Theory]
    [InlineData("""{"message":"down for maintenance"}""")]
    [InlineData("""{"kind":"Status","metadata":{},"status":"Success"}""")]
    [InlineData("""{"kind":"Secret","metadata":{"name":"web","namespace":"n","resourceVersion":"7"}}""")]
    [InlineData("""{"kind":"ConfigMap","metadata":{"name":"other","namespace":"n","resourceVersion":"7"}}""")]
    [InlineData("""{"kind":"ConfigMap","metadata":{"name":"web","namespace":"other","resourceVersion":"7"}}""")]
    [InlineData("""{"kind":"ConfigMap","metadata":{"name":"web","namespace":"n","resourceVersion":""}}""")]
    [InlineData("""{"kind":"ConfigMap","metadata":{"name":"web","namespace":"n"}}""")]
    [InlineData("""{"kind":"ConfigMap","metadata":"web"}""")]
    [InlineData("""{"kind":["ConfigMap"],"metadata":{"name":["web"],"namespace":"n","resourceVersion":"7"}}""")]
    public async Task A_response_that_is_another_object_is_no_response(string body)
    {
        await using ApiServer server = await ApiServer.StartAsync(context => context.JsonAsync(body));
        using KubeClient client = server.Client();
        Task<string>[] calls =
        [
            client.GetAsync(ResourceTypes.ConfigMaps, "n", "web", Answers.Name, Token),
            client.MergePatchAsync(ResourceTypes.ConfigMaps, "n", "web", "{}"u8.ToArray(), "m", Answers.Name, Token),
            client.JsonPatchAsync(ResourceTypes.ConfigMaps, "n", "web", "[]"u8.ToArray(), "m", Answers.Name, Token),
        ];
        foreach (Task<string> call in calls)
        {
            var failure = await Assert.ThrowsAsync<KubeTransportException>(() => call);
            Assert.Contains("it is not the object of kind ConfigMap that was asked for", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Pages_are_followed_to_the_end()
    {
        await using ApiServer server = await ApiServer.StartAsync(context => context.JsonAsync(context.Request.Query["continue"].ToString() switch
        {
            "" => """{"kind":"SecretList","metadata":{"resourceVersion":"9","continue":"p2"},"items":[{"metadata":{"name":"a"}}]}""",
            "p2" => """{"kind":"SecretList","metadata":{"resourceVersion":"9","continue":"p3"},"items":[]}""",
            _ => """{"kind":"SecretList","metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"b"}}]}""",
        }));
        using KubeClient client = server.Client();
        var names = new List<string>();
        await foreach (ListPage<string> page in client.ListPagesAsync(ResourceTypes.Secrets, null, new ListOptions { Limit = 1, LabelSelector = "x" }, Answers.Name, Token))
        {
            names.AddRange(page.Items);
        }

        Assert.Equal(["a", "b"], names);
        Assert.Equal(
            ["/api/v1/secrets?labelSelector=x&limit=1", "/api/v1/secrets?labelSelector=x&limit=1&continue=p2", "/api/v1/secrets?labelSelector=x&limit=1&continue=p3"],
            server.Requests.Select(request => request.Target));
    }

    [Fact]
    public async Task A_page_that_has_expired_says_that_it_is_gone()
    {
        await using ApiServer server = await ApiServer.StartAsync(context => context.Request.Query.ContainsKey("continue")
            ? context.StatusAsync(410, "Expired")
            : context.JsonAsync("""{"kind":"SecretList","metadata":{"resourceVersion":"9","continue":"p2"},"items":[]}"""));
        using KubeClient client = server.Client();
        int pages = 0;
        var failure = await Assert.ThrowsAsync<KubeApiException>(async () =>
        {
            await foreach (ListPage<string> _ in client.ListPagesAsync(ResourceTypes.Secrets, null, new ListOptions(), Answers.Name, Token))
            {
                pages++;
            }
        });
        Assert.Equal(1, pages);
        Assert.True(failure.IsGone);
        Assert.Equal("list", failure.Verb);
        Assert.Equal("/api/v1/secrets", failure.Path);
        Assert.Equal("list /api/v1/secrets: 410 Expired: no", failure.Message);
    }

    [Fact]
    public async Task Writes_carry_their_bodies()
    {
        await using ApiServer server = await ApiServer.StartAsync(context => context.JsonAsync(Answers.Object("done", context.Request.Method == "PATCH" ? "Deployment" : "Lease")));
        using KubeClient client = server.Client();
        byte[] body = """{"metadata":{}}""".Utf8();
        Assert.Equal("done", await client.MergePatchAsync(Answers.Deployments, "n", "done", body, "me", Answers.Name, Token));
        Assert.Equal("done", await client.CreateAsync(ResourceTypes.Leases, "n", body, "me", Answers.Name, Token));
        Assert.Equal(["PATCH", "POST"], server.Requests.Select(request => request.Method));
        Assert.Equal(["{\"metadata\":{}}", "{\"metadata\":{}}"], server.Requests.Select(request => request.Body));
        Assert.Equal("application/merge-patch+json", server.Requests.First().Headers["Content-Type"]);
    }

    [Fact]
    public async Task An_event_is_posted_to_its_namespace()
    {
        await using ApiServer server = await ApiServer.StartAsync(context => context.JsonAsync("""{"kind":"Event","metadata":{"name":"web.1","namespace":"shop","resourceVersion":"7"}}""", 201));
        using KubeClient client = server.Client();
        await client.CreateEventAsync(
            new Eventsv1Event
            {
                Metadata = new() { NamespaceProperty = "shop", Name = "web.1" },
                Regarding = new() { ApiVersion = "apps/v1", Kind = "Deployment", NamespaceProperty = "shop", Name = "web", Uid = "u" },
                Type = "Normal",
                Reason = "R",
                Action = "A",
                Note = "n",
                ReportingController = "c.io/x",
                ReportingInstance = "i",
                EventTime = DateTime.UnixEpoch,
            },
            Token);
        ApiServer.Request request = Assert.Single(server.Requests);
        Assert.Equal("/apis/events.k8s.io/v1/namespaces/shop/events?fieldManager=c.io%2Fx", request.Target);
        Assert.Contains("\"eventTime\":\"1970-01-01T00:00:00.000000Z\"", request.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_exchange_is_observed()
    {
        await using ApiServer server = await ApiServer.StartAsync(context => context.Request.Method == "GET" ? context.JsonAsync(Answers.Object("a")) : context.StatusAsync(409, "Conflict"));
        var calls = new RecordedCalls();
        using KubeClient client = server.Client(calls: calls);
        await client.GetAsync(ResourceTypes.ConfigMaps, "n", "a", Answers.Name, Token);
        var failure = await Assert.ThrowsAsync<KubeApiException>(() => client.MergePatchAsync(Answers.Deployments, "n", "a", "{}"u8.ToArray(), "m", Answers.Name, Token));
        Assert.True(failure.IsConflict);
        Assert.Equal([("get", "configmaps", 200), ("patch", "deployments", 409)], calls.Select(call => (call.Verb, call.Resource, call.StatusCode)));
    }

    [Fact]
    public async Task A_long_message_of_the_API_keeps_its_reason_and_is_the_same_each_time()
    {
        string dump = string.Join(' ', Enumerable.Range(0, 9000).Select(i => $"Field{i}:(*int64)(0xADDRESS)\\n"));
        int answers = 0;
        await using ApiServer server = await ApiServer.StartAsync(context => context.StatusAsync(
            422, "Invalid", $"Job.batch \\\"a\\\" is invalid: spec.template: Invalid value: {dump}: field is immutable".Replace("ADDRESS", $"c00e0a91b{answers++}", StringComparison.Ordinal)));
        using KubeClient client = server.Client();
        var failures = new List<string>();
        for (int i = 0; i < 2; i++)
        {
            var failure = await Assert.ThrowsAsync<KubeApiException>(() => client.MergePatchAsync(Answers.Deployments, "n", "a", "{}"u8.ToArray(), "m", Answers.Name, Token));
            failures.Add(failure.Message);
            Assert.InRange(Encoding.UTF8.GetByteCount(failure.Status.Message!), 700, 768);
        }

        Assert.Equal(failures[0], failures[1]);
        Assert.Contains("422 Invalid: Job.batch \"a\" is invalid", failures[0], StringComparison.Ordinal);
        Assert.Contains("Field0:(*int64)(0x…)", failures[0], StringComparison.Ordinal);
        Assert.EndsWith(": field is immutable", failures[0], StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failures[0]);
    }

    [Theory]
    [InlineData(401, "Unauthorized")]
    [InlineData(403, "Forbidden")]
    [InlineData(404, "NotFound")]
    [InlineData(409, "AlreadyExists")]
    [InlineData(409, "Conflict")]
    [InlineData(410, "Gone")]
    [InlineData(422, "Invalid")]
    [InlineData(500, "InternalError")]
    public async Task An_API_error_is_classified_by_its_properties(int code, string reason)
    {
        await using ApiServer server = await ApiServer.StartAsync(context => context.StatusAsync(code, reason, "because"));
        using KubeClient client = server.Client();
        var failure = await Assert.ThrowsAsync<KubeApiException>(() => client.GetAsync(ResourceTypes.Secrets, "n", "s", Answers.Name, Token));
        Assert.Equal((HttpStatusCode)code, failure.StatusCode);
        Assert.Equal((code, reason, "because"), (failure.Status.Code, failure.Status.Reason, failure.Status.Message));
        Assert.Null(failure.Status.Details);
        (string Name, bool Is)[] properties =
        [
            ("Unauthorized", failure.IsUnauthorized), ("Forbidden", failure.IsForbidden), ("NotFound", failure.IsNotFound), ("AlreadyExists", failure.IsAlreadyExists),
            ("Conflict", failure.IsConflict), ("Gone", failure.IsGone), ("Invalid", failure.IsInvalid), ("TooManyRequests", failure.IsTooManyRequests),
        ];
        Assert.Equal(reason == "InternalError" ? [] : [reason], properties.Where(property => property.Is).Select(property => property.Name));
    }

    [Fact]
    public async Task An_error_without_a_Status_is_quoted_in_one_short_line()
    {
        await using ApiServer server = await ApiServer.StartAsync(async context =>
        {
            context.Response.StatusCode = 404;
            await context.Response.WriteAsync("404 page\u0007\r\n  not found " + new string('x', 1000));
        });
        using KubeClient client = server.Client();
        var failure = await Assert.ThrowsAsync<KubeApiException>(() => client.GetServerVersionAsync(Token));
        Assert.False(failure.IsNotFound, "a 404 of something on the way says nothing about an object");
        Assert.StartsWith("get /version: 404 NotFound: Not Found, with 404 page not found xxx", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith("xxx; is this the Kubernetes API?", failure.Message, StringComparison.Ordinal);
        Assert.InRange(failure.Message.Length, 200, 320);
    }

    [Fact]
    public async Task An_HTML_error_page_is_reduced_to_its_title()
    {
        await using ApiServer server = await ApiServer.StartAsync(async context =>
        {
            context.Response.StatusCode = 502;
            await context.Response.WriteAsync("<html><head><title>502 Bad\nGateway</title></head><body>nginx</body></html>");
        });
        using KubeClient client = server.Client();
        var failure = await Assert.ThrowsAsync<KubeApiException>(() => client.GetServerVersionAsync(Token));
        Assert.Equal("get /version: 502 BadGateway: Bad Gateway, with a web page titled \"502 Bad Gateway\"; is this the Kubernetes API?", failure.Message);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using ApiServer server = await ApiServer.StartAsync(context =>
        {
            context.Response.Redirect("https://login.example.com/?state=secret");
            return Task.CompletedTask;
        });
        using KubeClient client = server.Client();
        var failure = await Assert.ThrowsAsync<KubeApiException>(() => client.GetServerVersionAsync(Token));
        Assert.Equal("get /version: 302 Found: Found, with a redirect to login.example.com; is this the Kubernetes API?", failure.Message);
    }

    [Fact]
    public async Task An_object_that_comes_with_an_error_code_is_not_quoted()
    {
        await using ApiServer server = await ApiServer.StartAsync(context => context.JsonAsync("""{"kind":"Secret","data":{"k":"Y2FuYXJ5"}}""", 500));
        using KubeClient client = server.Client();
        var failure = await Assert.ThrowsAsync<KubeApiException>(() => client.GetAsync(ResourceTypes.Secrets, "n", "s", Answers.Name, Token));
        Assert.DoesNotContain("Y2FuYXJ5", failure.ToString(), StringComparison.Ordinal);
    }
}
