namespace RolloutOperator.Kubernetes;

/// <summary>The server's account of a failure: the parts of a <c>meta/v1 Status</c> that decisions need.</summary>
/// <param name="Code">The HTTP code, repeated in the body; in a watch it is the only one there is.</param>
/// <param name="Reason">The machine's word, such as <c>Expired</c>, <c>Conflict</c>, <c>AlreadyExists</c>.</param>
/// <param name="Message">A sentence for people.</param>
/// <param name="RetryAfterSeconds">When to come back, from <c>details.retryAfterSeconds</c>.</param>
public sealed record KubeStatus(int Code, string? Reason, string? Message, int? RetryAfterSeconds);
