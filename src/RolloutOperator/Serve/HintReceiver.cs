using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace RolloutOperator.Serve;

/// <summary>
/// Takes notifications over HTTP from whoever knows the secret: <c>POST /hints</c> with <c>Authorization: Bearer SECRET</c>
/// or <c>X-Hub-Signature-256</c>, or <c>POST /hints/SECRET</c> for senders that can set no header.
/// </summary>
internal sealed class HintReceiver(Instruments instruments, string secret)
{
    private const string Path = "/hints";
    private const int LargestBody = 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Takes the body of a notification, and says whether anything in it was understood.</summary>
    internal Func<ReadOnlyMemory<byte>, bool> Taken { get; set; } = static _ => false;

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
        else if (!IsSigned(request) && !Knows(request, path))
        {
            Refuse(context);
        }
        else
        {
            await TakeAsync(context, request, path);
        }
    }

    private async Task TakeAsync(HttpContext context, HttpRequest request, string path)
    {
        using var late = new CancellationTokenSource(Patience);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, context.RequestAborted);
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = LargestBody;
        var body = new MemoryStream();
        try
        {
            await request.Body.CopyToAsync(body, either.Token);
        }
        catch (BadHttpRequestException e)
        {
            instruments.RecordHint(Instruments.HintResult.Broken);
            context.Response.StatusCode = e.StatusCode;
            return;
        }
        catch (OperationCanceledException)
        {
            instruments.RecordHint(Instruments.HintResult.Broken);
            context.Response.StatusCode = StatusCodes.Status408RequestTimeout;
            return;
        }

        var bytes = body.ToArray();
        if (!Knows(request, path) && !HasSigned(request, bytes))
        {
            Refuse(context);
            return;
        }

        // What is not understood is taken all the same: a sender that is told of an error would send it again.
        instruments.RecordHint(Taken(bytes) ? Instruments.HintResult.Understood : Instruments.HintResult.Unknown);
        context.Response.StatusCode = StatusCodes.Status202Accepted;
    }

    private void Refuse(HttpContext context)
    {
        instruments.RecordHint(Instruments.HintResult.Unauthorized);
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
    }

    private bool Knows(HttpRequest request, string path)
    {
        string header = request.Headers.Authorization.ToString();
        const string Bearer = "Bearer ";
        return IsSecret(header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..] : header)
            | IsSecret(path.Length > Path.Length ? path[(Path.Length + 1)..] : "");
    }

    // Hashes are of one length, so that comparing them takes as long whatever was sent.
    private bool IsSecret(string text) => CryptographicOperations.FixedTimeEquals(
        SHA256.HashData(Encoding.UTF8.GetBytes(text)), SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    private static bool IsSigned(HttpRequest request) => request.Headers.ContainsKey("X-Hub-Signature-256");

    private bool HasSigned(HttpRequest request, byte[] body) => CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes("sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body))),
        Encoding.UTF8.GetBytes(request.Headers["X-Hub-Signature-256"].ToString()));
}
