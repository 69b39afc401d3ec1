using RolloutOperator.Registry.Pace;
using RolloutOperator.Registry.Settings;

namespace RolloutOperator.Registry.Look;

/// <summary>
/// Lets a look through when its registry is well, its budget has something left and its credential has not been turned
/// down; and learns from what came of it.
/// </summary>
internal sealed class Gate(Looker looker, RegistrySettings settings, TimeProvider time, Func<double> chance) : IDisposable
{
    private const int MostRegistries = 1024;
    private const int MostIdentities = 8192;
    private const int MostAtOnce = 32;
    private const int MostAtOnceForOne = 4;

    // A password is offered again when it has changed. When it has not, the registry may have been wrong about it, but
    // those who offer wrong ones too often are locked out: so rarely.
    private static readonly TimeSpan Grudge = TimeSpan.FromHours(6);

    // For all requests of one look together: each has its own limit, but a registry may redirect.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Recent<string, Host> _hosts = new(MostRegistries);
    private readonly Recent<(string Registry, string Identity), Budget> _budgets = new(MostIdentities);
    private readonly Recent<(string Registry, string Identity), DateTimeOffset> _turnedDown = new(MostIdentities);
    private readonly SemaphoreSlim _all = new(MostAtOnce);

    public async Task<Resolution> LookAsync(Place place, RegistryCredential credential, CancellationToken cancellationToken)
    {
        var key = (place.Registry, credential.Identity);
        if (_turnedDown.TryGet(key, out var until) && until > time.GetUtcNow())
        {
            return new Resolution.NoInformation(NoInformationReason.BadCredential, $"{place.Registry} has turned this credential down, and it has not changed", until - time.GetUtcNow());
        }

        var host = _hosts.GetOrAdd(place.Registry, () => new(new Breaker(time, chance), new SemaphoreSlim(MostAtOnceForOne)));
        var budget = _budgets.GetOrAdd(key, () => new(time, chance, settings.RequestsPerSecond));
        await host.Slots.WaitAsync(cancellationToken);
        try
        {
            if (budget.Spend() is { } wait)
            {
                return new Resolution.NoInformation(NoInformationReason.Resting, $"{place.Registry} has been asked enough for now", wait);
            }

            return await EnterAsync(place, credential, host.Breaker, budget, cancellationToken);
        }
        finally
        {
            host.Slots.Release();
        }
    }

    public void Forgive(RegistryCredential credential)
    {
        foreach (var (key, _) in _turnedDown.All().Where(each => each.Key.Identity == credential.Identity))
        {
            _turnedDown.Remove(key);
        }
    }

    public void Dispose() => _all.Dispose();

    public IEnumerable<RegistryState> States()
    {
        var budgets = _budgets.All().ToLookup(each => each.Key.Registry, each => each.Value.Left);
        return _hosts.All().Select(each => each.Value.Breaker.StateOf(each.Key, budgets[each.Key].DefaultIfEmpty(1).Min()));
    }

    private async Task<Resolution> EnterAsync(Place place, RegistryCredential credential, Breaker breaker, Budget budget, CancellationToken cancellationToken)
    {
        Resolution? resolution = null;
        await _all.WaitAsync(cancellationToken);
        if (breaker.Enter() is { } rest)
        {
            _all.Release();
            return new Resolution.NoInformation(NoInformationReason.Resting, $"{place.Registry} has failed and rests", rest);
        }

        using var patience = new CancellationTokenSource(Patience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            resolution = await looker.LookAsync(place, credential, budget, linked.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            resolution = new Resolution.NoInformation(NoInformationReason.Unavailable, $"{place.Registry} has not answered in time");
        }
        finally
        {
            _all.Release();
            resolution = Learn(resolution, breaker, budget);
        }

        if (resolution is Resolution.NoInformation { Reason: NoInformationReason.BadCredential } turnedDown)
        {
            _turnedDown.Set((place.Registry, credential.Identity), time.GetUtcNow() + Grudge);
            resolution = turnedDown with { RetryAfter = Grudge };
        }

        return resolution!;
    }

    private static Resolution? Learn(Resolution? resolution, Breaker breaker, Budget budget)
    {
        switch (resolution)
        {
            case null:
                breaker.Leave(null, null);
                return null;
            case Resolution.NoInformation { Reason: NoInformationReason.Unavailable } unwell:
                return unwell with { RetryAfter = breaker.Leave(false, unwell.RetryAfter) };
            case Resolution.NoInformation { Reason: NoInformationReason.RateLimited } limited:
                breaker.Leave(true, null);
                return limited with { RetryAfter = budget.Limited(limited.RetryAfter) };
            case Resolution.NoInformation { Reason: NoInformationReason.Refused or NoInformationReason.Resting }:
                // Nothing was heard of the registry.
                breaker.Leave(null, null);
                return resolution;
            default:
                breaker.Leave(true, null);
                return resolution;
        }
    }

    private sealed record Host(Breaker Breaker, SemaphoreSlim Slots);
}
