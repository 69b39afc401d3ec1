using System.Net.Http.Headers;
using RolloutOperator.Registry.Settings;

namespace RolloutOperator.Registry.Wire;

/// <summary>A request that is to be sent.</summary>
internal sealed record Call(Place Place, RegistryStep Step, HttpMethod Method, Uri Target)
{
    public string Accept { get; init; } = "application/json";

    public AuthenticationHeaderValue? Authorization { get; init; }

    public IReadOnlyDictionary<string, string>? Form { get; init; }

    /// <summary>How much of the body is read; 0 for none of it.</summary>
    public int Limit { get; init; }

    public bool FollowsRedirects { get; init; }

    // It carries a credential.
    public override string ToString() => "a call";
}
