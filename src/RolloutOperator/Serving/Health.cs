using System.Collections.Immutable;
using System.Text;

namespace RolloutOperator.Serving;

/// <summary>What the probes say. Each part is a named question. The first is registered before
/// the program starts to serve, the others as it comes to know them.</summary>
/// <remarks>
/// Alive means that the loops of the process run. An API server that is away is no reason to be restarted, so nothing
/// that depends on it belongs under liveness.
/// </remarks>
internal sealed class Health
{
    private ImmutableArray<Check> _ready = [];
    private ImmutableArray<Check> _alive = [];

    private sealed record Check(string Name, Func<bool> Holds, string Otherwise);

    /// <param name="name">For example <c>watch deployments</c>.</param>
    /// <param name="ready">Asked on each probe, so it must be cheap and must not throw.</param>
    /// <param name="otherwise">What the probe says while it is not.</param>
    internal void AddReadiness(string name, Func<bool> ready, string otherwise = "not in sync") =>
        ImmutableInterlocked.Update(ref _ready, checks => checks.Add(new Check(name, ready, otherwise)));

    /// <inheritdoc cref="AddReadiness"/>
    internal void AddLiveness(string name, Func<bool> alive, string otherwise = "stopped") =>
        ImmutableInterlocked.Update(ref _alive, checks => checks.Add(new Check(name, alive, otherwise)));

    internal Report Readiness(bool verbose) => Ask(_ready, verbose);

    internal Report Liveness(bool verbose) => Ask(_alive, verbose);

    /// <param name="Good">Whether every check holds.</param>
    /// <param name="Body">A line for each check that does not hold, or for every one when asked for.</param>
    internal readonly record struct Report(bool Good, string Body);

    private static Report Ask(ImmutableArray<Check> checks, bool verbose)
    {
        bool good = true;
        var body = new StringBuilder();
        foreach (Check check in checks)
        {
            bool holds = check.Holds();
            good &= holds;
            if (verbose || !holds)
            {
                body.Append(check.Name).Append(": ").Append(holds ? "ok" : check.Otherwise).Append('\n');
            }
        }

        return new Report(good, body.Length == 0 ? "ok\n" : body.ToString());
    }
}
