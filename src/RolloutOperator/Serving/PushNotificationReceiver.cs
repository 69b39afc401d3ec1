using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace RolloutOperator.Serving;

/// <summary>Receives push notifications from registries. Called from any thread.</summary>
internal interface IPushNotificationSink
{
    /// <summary>Accepts the body of a notification, and returns whether it named an image.</summary>
    public bool Accept(ReadOnlyMemory<byte> notification);
}

/// <summary>
/// The endpoint for push notifications from senders that know the secret: <c>POST /push-notifications</c> with
/// <c>Authorization: Bearer SECRET</c> or <c>X-Hub-Signature-256</c>, or <c>POST /push-notifications/SECRET</c> for senders that cannot
/// set a header.
/// </summary>
internal sealed class PushNotificationReceiver(Instruments instruments, string secret, IPushNotificationSink sink)
{
    private const string Path = "/push-notifications";
    private const int LargestBody = 1024 * 1024;

    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(10);

    internal async Task HandleAsync(HttpContext context)
    {
        var (request, path) = (context.Request, context.Request.Path.Value ?? "");
        if (path != Path && !path.StartsWith(Path + "/", StringComparison.Ordinal))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
        else if (!HttpMethods.IsPost(request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        }
        else if (!IsSigned(request) && !HasSecret(request, path))
        {
            Refuse(context);
        }
        else
        {
            await ReceiveAsync(context, request, path);
        }
    }

    private async Task ReceiveAsync(HttpContext context, HttpRequest request, string path)
    {
        using var timeout = new CancellationTokenSource(ReadTimeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, context.RequestAborted);
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = LargestBody;
        var body = new MemoryStream();
        try
        {
            await request.Body.CopyToAsync(body, either.Token);
        }
        catch (BadHttpRequestException e)
        {
            instruments.RecordPushNotification(Instruments.PushNotificationResult.Broken);
            context.Response.StatusCode = e.StatusCode;
            return;
        }
        catch (OperationCanceledException)
        {
            instruments.RecordPushNotification(Instruments.PushNotificationResult.Broken);
            context.Response.StatusCode = StatusCodes.Status408RequestTimeout;
            return;
        }

        var bytes = body.ToArray();
        if (!HasSecret(request, path) && !HasValidSignature(request, bytes))
        {
            Refuse(context);
            return;
        }

        // Unknown notifications are accepted too: after an error, a sender would send them again.
        instruments.RecordPushNotification(sink.Accept(bytes) ? Instruments.PushNotificationResult.Understood : Instruments.PushNotificationResult.Unknown);
        context.Response.StatusCode = StatusCodes.Status202Accepted;
    }

    private void Refuse(HttpContext context)
    {
        instruments.RecordPushNotification(Instruments.PushNotificationResult.Unauthorized);
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
    }

    private bool HasSecret(HttpRequest request, string path)
    {
        string header = request.Headers.Authorization.ToString();
        const string Bearer = "Bearer ";
        return IsSecret(header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..] : header)
            | IsSecret(path.Length > Path.Length ? path[(Path.Length + 1)..] : "");
    }

    // Hashes have equal lengths, so the comparison takes the same time for every text.
    private bool IsSecret(string text) => CryptographicOperations.FixedTimeEquals(
        SHA256.HashData(Encoding.UTF8.GetBytes(text)), SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    private static bool IsSigned(HttpRequest request) => request.Headers.ContainsKey("X-Hub-Signature-256");

    private bool HasValidSignature(HttpRequest request, byte[] body) => CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes("sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body))),
        Encoding.UTF8.GetBytes(request.Headers["X-Hub-Signature-256"].ToString()));
}
