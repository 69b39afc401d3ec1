using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace RolloutOperator.Tests.Hosting;

/// <summary>The part of an API server that answers access reviews, over real HTTP.</summary>
internal sealed class AccessServer
{
    private readonly ConcurrentQueue<string> _asked = [];

    /// <summary>What is refused, as <c>verb resource namespace</c>; <c>*</c> for all namespaces.</summary>
    internal HashSet<string> Refused { get; set; } = [];

    /// <summary>With what it answers instead, while it is not null.</summary>
    internal int? Trouble { get; set; }

    internal int Asked => _asked.Count;

    /// <summary>What was asked since the last time.</summary>
    internal string[] Take()
    {
        string[] asked = [.. _asked];
        foreach (var _ in asked)
        {
            _asked.TryDequeue(out string? _);
        }

        return asked;
    }

    internal Task AnswerAsync(Loopback.Request request, HttpContext context)
    {
        Assert.Equal(("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"), (request.Method, request.Path));
        var access = JsonNode.Parse(request.Body)!["spec"]!["resourceAttributes"]!;
        var text = $"{access["verb"]} {access["resource"]} {access["namespace"]?.ToString() ?? "*"}";
        _asked.Enqueue(text);
        if (Trouble is { } code)
        {
            return Loopback.StatusAsync(context, code, "Forbidden");
        }

        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync($$$"""{"kind":"SelfSubjectAccessReview","status":{"allowed":{{{(Refused.Contains(text) ? "false" : "true")}}}}}""");
    }
}
