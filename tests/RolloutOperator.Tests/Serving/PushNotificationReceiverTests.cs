using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RolloutOperator.Serving;
using RolloutOperator.Tests.Watching;

namespace RolloutOperator.Tests.Serving;

public sealed class PushNotificationReceiverTests : IAsyncLifetime
{
    private const string Secret = "a-secret-of-this-test";
    private const string Body = """{"image":"app"}""";

    private readonly Sink _sink = new();
    private WebApplication _app = null!;
    private HttpClient _client = null!;
    private int _otherPort;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        // A port that was free may be somebody else's by now.
        const int Attempts = 10;
        for (int attempt = 1; !await TryStartAsync(isLast: attempt == Attempts); attempt++)
        {
            await _app.DisposeAsync();
        }
    }

    private async Task<bool> TryStartAsync(bool isLast)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        int port = LoopbackHost.FreePort();
        _otherPort = LoopbackHost.FreePort();
        builder.WebHost.ListenOn(ListenAddress.TryParse($"127.0.0.1:{_otherPort}")!, ListenAddress.TryParse($"127.0.0.1:{port}")!);
        builder.Services.AddServe(Meters.Known).AddSingleton<IOperatorState>(new FakeState());
        _app = builder.Build();
        _app.MapPushNotifications(port, new PushNotificationReceiver(_app.Services.GetRequiredService<Instruments>(), Secret, _sink));
        _app.MapOperatorEndpoints();
        try
        {
            await _app.StartAsync(Token);
        }
        catch (IOException) when (!isLast)
        {
            return false;
        }

        // A server that is slow to say whether it wants a body is sent none.
        var patient = new SocketsHttpHandler { Expect100ContinueTimeout = Waiting.Patience };
        _client = new HttpClient(patient) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }

    [Theory]
    [InlineData("/push-notifications", "Authorization", "Bearer " + Secret)]
    [InlineData("/push-notifications", "Authorization", Secret)]
    [InlineData("/push-notifications/" + Secret, null, null)]
    public async Task A_notification_with_the_secret_is_accepted(string path, string? header, string? value)
    {
        Assert.Equal(HttpStatusCode.Accepted, await PostAsync(path, Body, header, value));
        Assert.Equal([Body], _sink.Accepted);
    }

    [Fact]
    public async Task A_notification_with_a_valid_signature_is_accepted()
    {
        Assert.Equal(HttpStatusCode.Accepted, await PostAsync("/push-notifications", Body, "X-Hub-Signature-256", Signature(Body)));
        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync("/push-notifications", Body + " ", "X-Hub-Signature-256", Signature(Body)));
        Assert.Equal([Body], _sink.Accepted);
    }

    [Theory]
    [InlineData("/push-notifications", null, null)]
    [InlineData("/push-notifications/", null, null)]
    [InlineData("/push-notifications", "Authorization", "Bearer ")]
    [InlineData("/push-notifications", "Authorization", "Bearer a-secret-of-this-tes")]
    [InlineData("/push-notifications", "Authorization", "Basic " + Secret)]
    [InlineData("/push-notifications/a-secret", "Authorization", "nobody")]
    [InlineData("/push-notifications", "X-Hub-Signature-256", "sha256=")]
    public async Task A_notification_with_neither_is_unauthorized(string path, string? header, string? value)
    {
        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(path, Body, header, value));
        Assert.Empty(_sink.Accepted);
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused()
    {
        // Else the connection may be reset by what is still being sent, before the answer is read.
        _client.DefaultRequestHeaders.ExpectContinue = true;
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await PostAsync("/push-notifications/" + Secret, new string(' ', (1024 * 1024) + 1)));
        Assert.Equal(HttpStatusCode.Accepted, await PostAsync("/push-notifications/" + Secret, new string(' ', 1024 * 1024)));
        Assert.Single(_sink.Accepted);
    }

    [Fact]
    public async Task Its_port_serves_nothing_else_and_no_other_port_serves_it()
    {
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("/metrics"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("/push-notifications-too"));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, await StatusAsync("/push-notifications/" + Secret));
        _client.Dispose();
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_otherPort}") };
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/metrics"));
        Assert.Equal(HttpStatusCode.NotFound, await PostAsync("/push-notifications/" + Secret, ""));
        Assert.Empty(_sink.Accepted);
    }

    private static string Signature(string body) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes(body)));

    private async Task<HttpStatusCode> StatusAsync(string path)
    {
        using HttpResponseMessage answer = await _client.GetAsync(path, Token);
        return answer.StatusCode;
    }

    private async Task<HttpStatusCode> PostAsync(string path, string body, string? header = null, string? value = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body) };
        if (header is not null)
        {
            request.Headers.TryAddWithoutValidation(header, value);
        }

        using HttpResponseMessage answer = await _client.SendAsync(request, Token);
        return answer.StatusCode;
    }

    private sealed class Sink : IPushNotificationSink
    {
        internal List<string> Accepted { get; } = [];

        public bool Accept(ReadOnlyMemory<byte> notification)
        {
            Accepted.Add(Encoding.UTF8.GetString(notification.Span));
            return true;
        }
    }
}
