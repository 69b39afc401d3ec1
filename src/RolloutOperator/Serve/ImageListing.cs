using System.Net;
using Microsoft.AspNetCore.Http;

namespace RolloutOperator.Serve;

/// <summary>
/// Serves what is known of images, to whoever asks from inside the pod: it names the images of all tenants, which is
/// nobody else's business.
/// </summary>
internal sealed class ImageListing
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Gives the body, JSON.</summary>
    internal Func<CancellationToken, Task<byte[]>> Source { get; set; } = static _ => Task.FromResult("{\"leads\":false,\"images\":[]}"u8.ToArray());

    internal async Task HandleAsync(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is not { } asker || !IPAddress.IsLoopback(asker))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        using var late = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        late.CancelAfter(Patience);
        try
        {
            var body = await Source(late.Token);
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
    }
}
