namespace RolloutOperator.Kubernetes;

/// <summary>An <c>events.k8s.io/v1</c> Event, to be written once.</summary>
/// <seealso href="https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/"/>
public sealed record KubeEvent
{
    /// <summary>The namespace of <see cref="Regarding"/>; the server refuses another.</summary>
    public required string Namespace { get; init; }

    /// <summary>The Event's own name: unique, and short enough for a DNS subdomain.</summary>
    public required string Name { get; init; }

    /// <summary>What the Event is about.</summary>
    public required ObjectReference Regarding { get; init; }

    /// <summary><c>Normal</c> or <c>Warning</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Why, in one CamelCase word of at most 128 bytes.</summary>
    public required string Reason { get; init; }

    /// <summary>What was done, in one CamelCase word of at most 128 bytes.</summary>
    public required string Action { get; init; }

    /// <summary>The sentence for people; cut to 1024 bytes of UTF-8, the server's limit.</summary>
    public required string Note { get; init; }

    /// <summary>A qualified name such as <c>example.io/controller</c>.</summary>
    public required string ReportingController { get; init; }

    /// <summary>Which instance, usually the pod; cut to 128 bytes, the server's limit.</summary>
    public required string ReportingInstance { get; init; }

    /// <summary>When it was first seen; written with microseconds.</summary>
    public required DateTimeOffset EventTime { get; init; }
}

/// <summary>Names one object.</summary>
/// <param name="ApiVersion">Group and version, such as <c>apps/v1</c>.</param>
/// <param name="Kind">Such as <c>Deployment</c>.</param>
/// <param name="Namespace">The object's namespace.</param>
/// <param name="Name">The object's name.</param>
/// <param name="Uid">Tells the object from a later one of the same name; <c>kubectl describe</c> finds Events by it.</param>
/// <param name="ResourceVersion">The state that is meant, if one is.</param>
public sealed record ObjectReference(string ApiVersion, string Kind, string Namespace, string Name, string Uid, string? ResourceVersion = null);
