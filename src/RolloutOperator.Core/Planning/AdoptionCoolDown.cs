using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Planning;

/// <summary>Paces the writing of ledgers that someone else replaces or removes.</summary>
public static class AdoptionCoolDown
{
    private const int MostDoublings = 5;

    private static readonly TimeSpan First = TimeSpan.FromSeconds(10);

    /// <summary>How long to wait before a ledger is written again; zero in the usual case.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="keys">The digest keys of this installation.</param>
    public static TimeSpan Of(Workload workload, DigestKeys keys) => workload switch
    {
        // Two installations that share a workload would adopt it in turns forever.
        { Ledger: { } ledger } => keys.Knows(ledger.Key) ? TimeSpan.Zero : First,
        // A ledger that is removed again and again is written again ever more slowly.
        { LedgerLosses: > 1 and var losses } => First * Math.Pow(2, Math.Min(losses - 2, MostDoublings)),
        _ => TimeSpan.Zero,
    };
}
