namespace RolloutOperator.Registry.Wire;

/// <summary>What an answer that is no success means.</summary>
internal static class Statuses
{
    public static Reply.Lost Explain(Reply.Answer answer, string who) => answer.Status switch
    {
        401 => new(NoInformationReason.Unauthorized, $"{who} wants to know who asks, or has not been told enough"),
        403 => new(NoInformationReason.Denied, $"{who} does not allow it"),
        404 => new(NoInformationReason.NotFound, $"{who} knows of no such tag or repository"),
        429 => new(NoInformationReason.RateLimited, $"{who} asks for fewer requests", answer.RetryAfter),
        408 or >= 500 => new(NoInformationReason.Unavailable, $"{who} is unwell (status {answer.Status})", answer.RetryAfter),
        _ => new(NoInformationReason.NotARegistry, $"{who} answers as no registry does (status {answer.Status})"),
    };
}
