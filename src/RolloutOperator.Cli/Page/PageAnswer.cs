using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace RolloutOperator.Cli.Page;

/// <summary>What each answer tells the browser: to keep nothing, to load nothing from elsewhere, to run no script but ours.</summary>
internal static class PageHeaders
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void Set(HttpResponse response)
    {
        var headers = response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
    }
}

/// <summary>Writes answers.</summary>
internal static class PageAnswer
{
    public static Task TextAsync(HttpContext context, Refusal refusal)
    {
        if (refusal.Status == StatusCodes.Status405MethodNotAllowed)
        {
            context.Response.Headers.Allow = "GET, HEAD";
        }
        else if (refusal.Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        return BytesAsync(context, refusal.Status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(refusal.Text + "\n"));
    }

    public static Task JsonAsync(HttpContext context, string json) => BytesAsync(context, StatusCodes.Status200OK, "application/json; charset=utf-8", Encoding.UTF8.GetBytes(json));

    /// <summary>That the cluster could not be read, as JSON.</summary>
    public static Task ProblemAsync(HttpContext context, string problem) =>
        BytesAsync(context, StatusCodes.Status502BadGateway, "application/json; charset=utf-8", Encoding.UTF8.GetBytes($$"""{"error":"{{JsonEncodedText.Encode(problem)}}"}"""));

    public static Task BytesAsync(HttpContext context, int status, string type, ReadOnlyMemory<byte> body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
