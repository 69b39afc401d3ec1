using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace RolloutOperator.Registry.Tests;

/// <summary>Responses of a scripted registry.</summary>
internal static class Responses
{
    public const string IndexType = "application/vnd.oci.image.index.v1+json";
    public const string Manifest = $$"""{"schemaVersion":2,"mediaType":"{{IndexType}}","manifests":[]}""";

    public static readonly string DigestA = "sha256:" + new string('a', 64);
    public static readonly string DigestB = "sha256:" + new string('b', 64);
    public static readonly string ManifestDigest = Sha256(Manifest);

    public static string Sha256(string text) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    public static Func<HttpContext, Task> Digest(string digest, string type = IndexType) =>
        Answer(200, "", ("Content-Type", type), ("Docker-Content-Digest", digest));

    public static Func<HttpContext, Task> Status(int status, params (string Name, string Value)[] headers) => Answer(status, "", headers);

    public static Func<HttpContext, Task> Body(string body, params (string Name, string Value)[] headers) => Answer(200, body, [("Content-Type", IndexType), .. headers]);

    public static Func<HttpContext, Task> Challenge(string value) => Status(401, ("WWW-Authenticate", value));

    public static Func<HttpContext, Task> Token(string json) => Answer(200, json, ("Content-Type", "application/json"));

    public static Func<HttpContext, Task> Answer(int status, string body, params (string Name, string Value)[] headers) => async context =>
    {
        context.Response.StatusCode = status;
        foreach (var (name, value) in headers)
        {
            context.Response.Headers.Append(name, value);
        }

        if (context.Request.Method != "HEAD" && body.Length > 0)
        {
            context.Response.ContentLength = Encoding.UTF8.GetByteCount(body);
            await context.Response.WriteAsync(body, context.RequestAborted);
        }
    };

    /// <summary>One response to HEAD and another to other methods.</summary>
    public static Func<HttpContext, Task> ByMethod(Func<HttpContext, Task> head, Func<HttpContext, Task> get) =>
        context => context.Request.Method == "HEAD" ? head(context) : get(context);

    /// <summary>One response after the other; then the last one again and again.</summary>
    public static Func<HttpContext, Task> InSequence(params Func<HttpContext, Task>[] responses)
    {
        var index = -1;
        return context => responses[Math.Min(Interlocked.Increment(ref index), responses.Length - 1)](context);
    }

    /// <summary>The response for requests with this authorization, and a challenge for others.</summary>
    public static Func<HttpContext, Task> IfAuthorized(string authorization, Func<HttpContext, Task> response, string challenge) =>
        context => context.Request.Headers.Authorization == authorization ? response(context) : Challenge(challenge)(context);

    public static string DockerConfig(string registry, string user, string password) =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"auths":{"{{registry}}":{"username":"{{user}}","password":"{{password}}"} } }""");
}
