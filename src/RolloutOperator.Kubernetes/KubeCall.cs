namespace RolloutOperator.Kubernetes;

/// <summary>One HTTP exchange with the API server, for counting. Each retry is a call of its own.</summary>
/// <param name="Verb">The RBAC verb: get, list, watch, create, update, patch, delete.</param>
/// <param name="Resource">The plural of the resource, or <c>version</c>.</param>
/// <param name="StatusCode">The HTTP status, or 0 if there was no answer.</param>
/// <param name="Duration">Until the body was read; for a watch, until it was open.</param>
public readonly record struct KubeCall(string Verb, string Resource, int StatusCode, TimeSpan Duration);
