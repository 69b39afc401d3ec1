using System.Net;

namespace RolloutOperator.Kubernetes.Wire;

/// <summary>How long to leave the server alone. Pure.</summary>
internal static class RetryWait
{
    /// <summary>Then the caller is told, who has a queue to come back from.</summary>
    public const int MostTimes = 5;

    // A proxy in front may ask for an hour; the workqueue above paces better than a sleeping call.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    // API Priority and Fairness always says when; whoever does not gets the value that it would say.
    private static readonly TimeSpan Unsaid = TimeSpan.FromSeconds(1);

    /// <summary>Null if the failure is not of the kind that passes.</summary>
    /// <param name="failure">What the server said.</param>
    /// <param name="random">In [0, 1): up to a tenth is added, so that those who were sent away together do not return together.</param>
    public static TimeSpan? For(KubeApiException failure, double random)
    {
        TimeSpan? wait = failure.StatusCode switch
        {
            HttpStatusCode.TooManyRequests => failure.RetryAfter ?? Unsaid,

            // A 429 was refused before anything happened; a 503 may come from a proxy after a create went through.
            HttpStatusCode.ServiceUnavailable when failure.Verb != "create" => failure.RetryAfter,
            _ => null,
        };
        return wait is not { } asked ? null
            : (asked < TimeSpan.Zero ? TimeSpan.Zero : asked < Longest ? asked : Longest) * (1 + (0.1 * random));
    }
}
