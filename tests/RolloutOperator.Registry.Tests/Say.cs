using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace RolloutOperator.Registry.Tests;

/// <summary>What a scripted registry may say.</summary>
internal static class Say
{
    public const string Index = "application/vnd.oci.image.index.v1+json";
    public const string Manifest = $$"""{"schemaVersion":2,"mediaType":"{{Index}}","manifests":[]}""";

    public static readonly string A = "sha256:" + new string('a', 64);
    public static readonly string B = "sha256:" + new string('b', 64);
    public static readonly string ManifestDigest = Sha256(Manifest);

    public static string Sha256(string text) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    public static Func<HttpContext, Task> Digest(string digest, string type = Index) =>
        Answer(200, "", ("Content-Type", type), ("Docker-Content-Digest", digest));

    public static Func<HttpContext, Task> Status(int status, params (string Name, string Value)[] headers) => Answer(status, "", headers);

    public static Func<HttpContext, Task> Body(string body, params (string Name, string Value)[] headers) => Answer(200, body, [("Content-Type", Index), .. headers]);

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

    /// <summary>One thing to HEAD and another to the rest.</summary>
    public static Func<HttpContext, Task> ByMethod(Func<HttpContext, Task> head, Func<HttpContext, Task> get) =>
        context => context.Request.Method == "HEAD" ? head(context) : get(context);

    /// <summary>One after the other; the last one again and again.</summary>
    public static Func<HttpContext, Task> InTurn(params Func<HttpContext, Task>[] says)
    {
        var turn = -1;
        return context => says[Math.Min(Interlocked.Increment(ref turn), says.Length - 1)](context);
    }

    /// <summary>The one for those who bring the authorization, a challenge for the others.</summary>
    public static Func<HttpContext, Task> To(string authorization, Func<HttpContext, Task> say, string challenge) =>
        context => context.Request.Headers.Authorization == authorization ? say(context) : Challenge(challenge)(context);

    public static string Config(string registry, string user, string password) =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"auths":{"{{registry}}":{"username":"{{user}}","password":"{{password}}"} } }""");
}
