using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace RolloutOperator.Kubernetes.Tests;

/// <summary>Ways to answer, and ways to read.</summary>
internal static class Answers
{
    public static ResourceType Deployments { get; } = new("apps", "v1", "deployments", "Deployment");

    public static async Task JsonAsync(this HttpContext context, string body, int code = 200)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body);
    }

    public static Task StatusAsync(this HttpContext context, int code, string reason, string message = "no") =>
        context.JsonAsync($$"""{"kind":"Status","apiVersion":"v1","status":"Failure","code":{{code}},"reason":"{{reason}}","message":"{{message}}"}""", code);

    public static async Task FrameAsync(this HttpContext context, string text)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.ContentType = "application/json";
        }

        await context.Response.WriteAsync(text);
        await context.Response.Body.FlushAsync();
    }

    /// <summary>Keeps the answer open until the client is gone.</summary>
    public static async Task HangAsync(this HttpContext context)
    {
        await context.Response.StartAsync();
        var gone = new TaskCompletionSource();
        await using CancellationTokenRegistration aborted = context.RequestAborted.Register(gone.SetResult);
        await gone.Task;
    }

    /// <summary>Reads <c>metadata.name</c>.</summary>
    public static string Name(ref Utf8JsonReader reader)
    {
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        return document.RootElement.GetProperty("metadata").GetProperty("name").GetString()!;
    }

    /// <summary>Passes over the object and keeps nothing.</summary>
    public static int Drop(ref Utf8JsonReader reader)
    {
        reader.Skip();
        return 1;
    }

    /// <summary>An object in the namespace <c>n</c>.</summary>
    public static string Object(string name, string kind = "ConfigMap") =>
        $$$"""{"kind":"{{{kind}}}","metadata":{"name":"{{{name}}}","namespace":"n","resourceVersion":"7"}}""";

    public static string Frame(string type, string name) => $$$"""{"type":"{{{type}}}","object":{{{Object(name)}}}}""" + "\n";

    public static byte[] Utf8(this string text) => Encoding.UTF8.GetBytes(text);
}
