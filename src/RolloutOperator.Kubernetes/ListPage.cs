namespace RolloutOperator.Kubernetes;

/// <summary>One page of a list.</summary>
/// <param name="Items">The objects, in the server's order.</param>
/// <param name="ResourceVersion">The version of the whole list; the same on every page of it, and where a watch begins.</param>
/// <param name="Continue">The token of the next page, or null on the last.</param>
public sealed record ListPage<T>(IReadOnlyList<T> Items, string ResourceVersion, string? Continue);
