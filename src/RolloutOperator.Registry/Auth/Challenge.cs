using System.Collections.Immutable;

namespace RolloutOperator.Registry.Auth;

/// <summary>How a registry wants to be told who asks (RFC 9110, 11.3).</summary>
internal sealed record Challenge(string Scheme, ImmutableDictionary<string, string> Parameters)
{
    public bool IsBearer => Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase);

    public bool IsBasic => Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase);

    public string? Find(string parameter) => Parameters.GetValueOrDefault(parameter);
}
