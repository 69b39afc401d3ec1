using System.Net.Http.Headers;
using RolloutOperator.Registry.Wire;

namespace RolloutOperator.Registry.Auth;

/// <summary>What came of asking for leave.</summary>
internal abstract record Grant
{
    private Grant()
    {
    }

    /// <summary>What to send along, and until when it is good. It is never printed.</summary>
    public sealed record Given(AuthenticationHeaderValue Header, DateTimeOffset Until) : Grant
    {
        public override string ToString() => "a grant";
    }

    public sealed record Withheld(Reply.Lost Reason) : Grant;
}
