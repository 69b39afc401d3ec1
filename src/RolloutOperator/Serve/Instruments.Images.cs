using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;

namespace RolloutOperator.Serve;

/// <content>Registries and what is behind the tags of images.</content>
internal sealed partial class Instruments
{
    private readonly FrozenSet<string> _registries;
    private readonly Counter<long> _looks;
    private readonly Counter<long> _registryRequests;
    private readonly Counter<long> _hints;
    private Func<int> _images = static () => 0;
    private Func<int> _flapping = static () => 0;
    private Func<ImmutableArray<RegistryStanding>> _states = static () => [];

    /// <summary>What a look at a tag came to: a digest, or which kind of nothing.</summary>
    internal enum LookResult
    {
        Found,
        Unauthorized,
        BadCredential,
        Denied,
        NotFound,
        RateLimited,
        Resting,
        Unavailable,
        NotARegistry,
        Refused,
    }

    /// <summary>What a registry answered to a request. That it first wants to know who asks is <c>unauthorized</c>.</summary>
    internal enum RegistryResult
    {
        Ok,
        Unauthorized,
        Forbidden,
        NotFound,
        Throttled,
        Failed,
    }

    /// <summary>What became of a notification of a push.</summary>
    internal enum HintResult
    {
        Understood,
        Unknown,
        Unauthorized,
        Broken,
    }

    internal void RecordHint(HintResult result) => _hints.Add(1, Label("result", Text(result)));

    /// <param name="registry">The registry. References are written by anybody: those that are not known are <c>other</c>.</param>
    /// <param name="result">What came of it.</param>
    internal void RecordLook(string registry, LookResult result) =>
        _looks.Add(1, Label("registry", Known(registry, _registries)), Label("result", Text(result)));

    /// <param name="registry">The registry.</param>
    /// <param name="status">The answer's status; null when there was no answer.</param>
    internal void RecordRegistryRequest(string registry, int? status) => _registryRequests.Add(
        1,
        Label("registry", Known(registry, _registries)),
        Label("result", Text(status switch
        {
            >= 200 and < 400 => RegistryResult.Ok,
            401 => RegistryResult.Unauthorized,
            403 => RegistryResult.Forbidden,
            404 => RegistryResult.NotFound,
            429 => RegistryResult.Throttled,
            _ => RegistryResult.Failed,
        })));

    /// <param name="watched">Tags that are looked at, as often as they are seen with different credentials.</param>
    /// <param name="flapping">Those of them that went to and fro.</param>
    internal void ObserveImages(Func<int> watched, Func<int> flapping) => (_images, _flapping) = (watched, flapping);

    /// <param name="states">How it stands with each registry.</param>
    internal void ObserveRegistries(Func<ImmutableArray<RegistryStanding>> states) => _states = states;

    private (Counter<long> Looks, Counter<long> Requests, Counter<long> Hints) CreateImages()
    {
        var registry = Of("registry", _registries);
        Gauge("rollout_operator.images", "{image}", "Tags of images that are looked at.", () => _images());
        Gauge("rollout_operator.flapping_images", "{image}", "Tags of images that went to and fro and are not believed for now.", () => _flapping());
        Gauge("rollout_operator.registry.resting", null, "1 while a registry is not asked, since it has failed.", registry, label => StatesOf(label).Any(state => state.Rests) ? 1 : 0);
        Gauge(
            "rollout_operator.registry.budget_ratio",
            null,
            "The part of what may be asked of a registry that is left, to the identity that has the least: of requestsPerSecond, or of what the registry itself allows.",
            registry,
            label => StatesOf(label).Select(state => state.Budget).DefaultIfEmpty(1).Min());
        Gauge(
            "rollout_operator.registry.last_answer_timestamp",
            "s",
            "When a registry last gave an answer of its own, since the Unix epoch; 0 when it has not.",
            registry,
            label => StatesOf(label).Select(state => state.LastGood?.ToUnixTimeMilliseconds() / 1000.0 ?? 0).DefaultIfEmpty(0).Max());
        return (
            Count("rollout_operator.image_looks", "{look}", "Looks at what is behind a tag, by what they came to.", registry, Of<LookResult>("result")),
            Count("rollout_operator.registry.requests", "{request}", "Requests to registries and their token servers.", registry, Of<RegistryResult>("result")),
            Count("rollout_operator.hints", "{hint}", "Notifications of pushes that were received.", Of<HintResult>("result")));
    }

    private IEnumerable<RegistryStanding> StatesOf(string label) =>
        _states().Where(state => Known(state.Registry, _registries) == label);

    /// <summary>How it stands with one registry.</summary>
    /// <param name="Registry">Its host, with the port if one is given.</param>
    /// <param name="Rests">Whether it is not asked, after a failure.</param>
    /// <param name="LastGood">When it last gave an answer of its own.</param>
    /// <param name="Budget">The part that is left of what may be asked of it.</param>
    internal sealed record RegistryStanding(string Registry, bool Rests, DateTimeOffset? LastGood, double Budget);
}
