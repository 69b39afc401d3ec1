using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace RolloutOperator.FaultProxy;

/// <summary>One request to the API server, in the words of RBAC.</summary>
/// <param name="Verb">The verb, such as <c>list</c>; the HTTP method for what is no resource.</param>
/// <param name="Group">The API group; empty for the core group.</param>
/// <param name="Resource">The plural of the resource; empty for what is no resource, such as <c>/version</c>.</param>
/// <param name="Namespace">The namespace; null for all namespaces, and for a cluster-scoped resource.</param>
/// <param name="Name">The one object; null for any. The API server takes a field selector of one name for the name.</param>
/// <param name="Query">The query, with its question mark.</param>
public sealed record ProxiedRequest(string Verb, string Group, string Resource, string? Namespace, string? Name, string Query)
{
    private const string ByName = "metadata.name=";

    /// <summary>When it arrived.</summary>
    public long ArrivedAt { get; } = Stopwatch.GetTimestamp();

    /// <summary>The HTTP status that the client got; 0 while there is none.</summary>
    public int Status { get; internal set; }

    internal static ProxiedRequest Of(HttpRequest request)
    {
        var (group, rest) = request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
        {
            ["api", _, .. var core] => ("", core),
            ["apis", var named, _, .. var others] => (named, others),
            _ => ("", []),
        };
        var query = request.QueryString.ToString();
        return rest switch
        {
            ["namespaces", var space, var resource, .. var name] => new(Verb(name), group, resource, space, NameOf(name), query),
            [var resource, .. var name] => new(Verb(name), group, resource, null, NameOf(name), query),
            _ => new(request.Method, group, "", null, null, query),
        };

        string Verb(string[] name) => request.Method switch
        {
            "POST" => "create",
            "PATCH" => "patch",
            "GET" => name.Length > 0 ? "get" : request.Query.ContainsKey("watch") ? "watch" : "list",
            var other => other,
        };

        string? NameOf(string[] name) =>
            name.Length > 0 ? string.Join('/', name)
            : request.Query["fieldSelector"].ToString() is var fields && fields.StartsWith(ByName, StringComparison.Ordinal) ? fields[ByName.Length..]
            : null;
    }
}
