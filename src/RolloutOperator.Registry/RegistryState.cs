namespace RolloutOperator.Registry;

/// <summary>How it stands with one registry.</summary>
/// <param name="Registry">Its host, with the port if one is given.</param>
/// <param name="Failures">How often it has failed since it was last well.</param>
/// <param name="RestsUntil">Until when it is not asked; null while it is well.</param>
/// <param name="LastGood">When it last gave an answer of its own, whatever that said.</param>
/// <param name="Budget">The part of what may be asked of it that is left, from 0 to 1, to the identity that has the least of it.</param>
public sealed record RegistryState(string Registry, int Failures, DateTimeOffset? RestsUntil, DateTimeOffset? LastGood, double Budget);
