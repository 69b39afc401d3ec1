using System.Collections.Immutable;

namespace RolloutOperator.FaultProxy;

/// <summary>Which requests meet which faults. Of several rules that match, the last one added counts.</summary>
public sealed class FaultPlan
{
    private ImmutableArray<FaultRule> _rules = [];

    /// <summary>From now on, requests that match meet the fault, until the rule is disposed of.</summary>
    public FaultRule Add(Func<ProxiedRequest, bool> matches, Fault fault)
    {
        var rule = new FaultRule(matches, fault, rule => ImmutableInterlocked.Update(ref _rules, rules => rules.Remove(rule)));
        ImmutableInterlocked.Update(ref _rules, rules => rules.Insert(0, rule));
        return rule;
    }

    internal FaultRule? For(ProxiedRequest request) => _rules.FirstOrDefault(rule => rule.Takes(request));
}

/// <summary>One rule of a plan.</summary>
public sealed class FaultRule : IDisposable
{
    private readonly Func<ProxiedRequest, bool> _matches;
    private readonly Action<FaultRule> _remove;
    private readonly CancellationTokenSource _removed = new();
    private int _hits;

    internal FaultRule(Func<ProxiedRequest, bool> matches, Fault fault, Action<FaultRule> remove)
    {
        (_matches, Fault, _remove) = (matches, fault, remove);
        Removed = _removed.Token;
    }

    /// <summary>How many requests it has met.</summary>
    public int Hits => Volatile.Read(ref _hits);

    internal Fault Fault { get; }

    internal CancellationToken Removed { get; }

    internal bool Takes(ProxiedRequest request)
    {
        if (!_matches(request))
        {
            return false;
        }

        Interlocked.Increment(ref _hits);
        return true;
    }

    public void Dispose()
    {
        _remove(this);
        _removed.Cancel();
        _removed.Dispose();
    }
}
