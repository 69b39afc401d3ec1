namespace RolloutOperator.Registry.Limits;

/// <summary>
/// Lets a request through if its registry is not in backoff, its rate limit is not used up and its credential has not been
/// rejected; and learns from the result. Also bounds concurrency.
/// </summary>
internal sealed class RequestLimiter(RegistrySettings settings, TimeProvider time, Func<double> random) : IDisposable
{
    private const int MaxRegistries = 1024;
    private const int MaxIdentities = 8192;
    private const int MaxConcurrent = 32;
    private const int MaxConcurrentPerRegistry = 4;

    // A credential that changed is sent at once. An unchanged one is retried, because the registry may have been wrong,
    // but rarely: many registries lock out clients that repeat a wrong password.
    private static readonly TimeSpan RejectedCredentialTtl = TimeSpan.FromHours(6);

    // For all requests of one resolution together. Each has a timeout of its own, but there may be many redirects.
    private static readonly TimeSpan ResolveTimeout = TimeSpan.FromSeconds(60);

    private readonly LruCache<string, Host> _hosts = new(MaxRegistries);
    private readonly LruCache<(string Registry, string Identity), RateLimiter> _rateLimiters = new(MaxIdentities);
    private readonly LruCache<(string Registry, string Identity), DateTimeOffset> _rejectedUntil = new(MaxIdentities);
    private readonly SemaphoreSlim _slots = new(MaxConcurrent);

    public async Task<Resolution> RunAsync(string registry, RegistryCredential credential, Func<RateLimiter, CancellationToken, Task<Resolution>> resolve, CancellationToken cancellationToken)
    {
        var key = (registry, credential.Identity);
        if (_rejectedUntil.TryGet(key, out var until) && until > time.GetUtcNow())
        {
            return new Resolution.Failed(ResolutionStatus.BadCredential, $"{registry} rejected this credential, and it has not changed since", until - time.GetUtcNow());
        }

        var host = _hosts.GetOrAdd(registry, () => new(new CircuitBreaker(time, random), new SemaphoreSlim(MaxConcurrentPerRegistry)));
        var rateLimiter = _rateLimiters.GetOrAdd(key, () => new(time, random, settings.RequestsPerSecond));
        await host.Slots.WaitAsync(cancellationToken);
        try
        {
            if (rateLimiter.TryAcquire() is { } delay)
            {
                return new Resolution.Failed(ResolutionStatus.Deferred, $"the rate limit for {registry} is used up", delay);
            }

            await _slots.WaitAsync(cancellationToken);
            try
            {
                return host.Breaker.TryEnter() is { } backoff
                    ? new Resolution.Failed(ResolutionStatus.Deferred, $"{registry} failed and is in backoff", backoff)
                    : await SendAsync(key, host.Breaker, rateLimiter, resolve, cancellationToken);
            }
            finally
            {
                _slots.Release();
            }
        }
        finally
        {
            host.Slots.Release();
        }
    }

    public void ForgetRejection(RegistryCredential credential)
    {
        foreach (var (key, _) in _rejectedUntil.ToList().Where(each => each.Key.Identity == credential.Identity))
        {
            _rejectedUntil.Remove(key);
        }
    }

    public IEnumerable<RegistryState> States()
    {
        var remaining = _rateLimiters.ToList().ToLookup(each => each.Key.Registry, each => each.Value.Remaining);
        return _hosts.ToList().Select(each => each.Value.Breaker.StateOf(each.Key, remaining[each.Key].DefaultIfEmpty(1).Min()));
    }

    public void Dispose() => _slots.Dispose();

    private async Task<Resolution> SendAsync(
        (string Registry, string Identity) key,
        CircuitBreaker breaker,
        RateLimiter rateLimiter,
        Func<RateLimiter, CancellationToken, Task<Resolution>> resolve,
        CancellationToken cancellationToken)
    {
        Resolution? resolution = null;
        using var timeout = new CancellationTokenSource(ResolveTimeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            resolution = await resolve(rateLimiter, linked.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            resolution = new Resolution.Failed(ResolutionStatus.Unavailable, $"{key.Registry} did not respond in time");
        }
        finally
        {
            if (resolution is null)
            {
                breaker.OnUnknown();
            }
        }

        switch (resolution)
        {
            case Resolution.Failed { Status: ResolutionStatus.Unavailable } unavailable:
                return unavailable with { RetryAfter = breaker.OnFailure(unavailable.RetryAfter) };
            case Resolution.Failed { Status: ResolutionStatus.Refused or ResolutionStatus.Deferred }:
                // The registry sent no response.
                breaker.OnUnknown();
                return resolution;
            case Resolution.Failed { Status: ResolutionStatus.RateLimited } limited:
                breaker.OnSuccess();
                return limited with { RetryAfter = rateLimiter.OnRateLimited(limited.RetryAfter) };
            case Resolution.Failed { Status: ResolutionStatus.BadCredential } rejected:
                breaker.OnSuccess();
                _rejectedUntil.Set(key, time.GetUtcNow() + RejectedCredentialTtl);
                return rejected with { RetryAfter = RejectedCredentialTtl };
            default:
                breaker.OnSuccess();
                return resolution;
        }
    }

    private sealed record Host(CircuitBreaker Breaker, SemaphoreSlim Slots);
}
