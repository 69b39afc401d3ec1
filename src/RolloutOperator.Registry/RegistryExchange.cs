namespace RolloutOperator.Registry;

/// <summary>One request and what came of it, for those who count.</summary>
/// <param name="Registry">The registry for whose sake it was sent, also when it went to another host.</param>
/// <param name="Step">What it was for.</param>
/// <param name="Status">The status of the answer, or null if there was none.</param>
/// <param name="Duration">From the first byte sent to the last one read.</param>
public readonly record struct RegistryExchange(string Registry, RegistryStep Step, int? Status, TimeSpan Duration);

/// <summary>The kinds of requests.</summary>
public enum RegistryStep
{
    /// <summary>What is behind the tag.</summary>
    Manifest,

    /// <summary>A token with which to ask.</summary>
    Token,
}
