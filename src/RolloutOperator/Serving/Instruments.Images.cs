using System.Collections.Frozen;
using System.Collections.Immutable;
using Prometheus;
using RolloutOperator.Registry;

namespace RolloutOperator.Serving;

/// <content>Registries and the images that tags name.</content>
internal sealed partial class Instruments
{
    private readonly FrozenSet<string> _registries;
    private readonly FrozenDictionary<(string, ResolutionStatus), Counter.Child> _resolutions;
    private readonly FrozenDictionary<(string, RegistryResult), Counter.Child> _registryRequests;
    private readonly FrozenDictionary<PushNotificationResult, Counter.Child> _pushNotifications;
    private Func<int> _images = static () => 0;
    private Func<int> _flapping = static () => 0;
    private Func<ImmutableArray<RegistryState>> _states = static () => [];

    /// <summary>What a registry responded to a request. Many respond <c>unauthorized</c> to the first one.</summary>
    internal enum RegistryResult
    {
        Ok,
        Unauthorized,
        Forbidden,
        NotFound,
        Throttled,
        Failed,
    }

    /// <summary>What became of a push notification.</summary>
    internal enum PushNotificationResult
    {
        Understood,
        Unknown,
        Unauthorized,
        Broken,
    }

    internal void RecordPushNotification(PushNotificationResult result) => _pushNotifications[result].Inc();

    /// <param name="registry">The registry. References are written by anybody: registries that are not known are <c>other</c>.</param>
    /// <param name="status">What came of it.</param>
    internal void RecordResolution(string registry, ResolutionStatus status) => _resolutions[(Known(registry, _registries), status)].Inc();

    /// <param name="registry">The registry.</param>
    /// <param name="status">The status of the response; null when there was none.</param>
    internal void RecordRegistryRequest(string registry, int? status)
    {
        var result = status switch
        {
            >= 200 and < 400 => RegistryResult.Ok,
            401 => RegistryResult.Unauthorized,
            403 => RegistryResult.Forbidden,
            404 => RegistryResult.NotFound,
            429 => RegistryResult.Throttled,
            _ => RegistryResult.Failed,
        };
        _registryRequests[(Known(registry, _registries), result)].Inc();
    }

    /// <param name="watched">Tags that are polled, as often as they are used with different credentials.</param>
    /// <param name="flapping">Those of them that went back and forth.</param>
    internal void ObserveImages(Func<int> watched, Func<int> flapping) => (_images, _flapping) = (watched, flapping);

    /// <param name="states">The state of each registry.</param>
    internal void ObserveRegistries(Func<ImmutableArray<RegistryState>> states) => _states = states;

    private (FrozenDictionary<(string, ResolutionStatus), Counter.Child>, FrozenDictionary<(string, RegistryResult), Counter.Child>, FrozenDictionary<PushNotificationResult, Counter.Child>) CreateImages()
    {
        Gauge("rollout_operator_images", "Tags of images that are polled.", () => _images());
        Gauge("rollout_operator_flapping_images", "Tags of images that went back and forth and are not followed for now.", () => _flapping());
        Gauge(
            "rollout_operator_registry_backoff",
            "1 while no request is sent to a registry, because it failed.",
            "registry",
            _registries,
            label => StatesOf(label).Any(state => state.IsBackingOff) ? 1 : 0);
        Gauge(
            "rollout_operator_registry_rate_limit_remaining_ratio",
            "The part of a registry's rate limit that is left, for the credentials that have the least: of requestsPerSecond, or of what the registry itself allows.",
            "registry",
            _registries,
            label => StatesOf(label).Select(state => state.RateLimitRemaining).DefaultIfEmpty(1).Min());
        Gauge(
            "rollout_operator_registry_last_response_timestamp_seconds",
            "When a registry last responded itself, since the Unix epoch; 0 when it has not.",
            "registry",
            _registries,
            label => StatesOf(label).Select(state => state.LastResponse?.ToUnixTimeMilliseconds() / 1000.0 ?? 0).DefaultIfEmpty(0).Max());
        return (
            Counters("rollout_operator_image_resolutions_total", "Attempts to resolve a tag to a digest, by result.", "registry", _registries, Itself, "result", Enum.GetValues<ResolutionStatus>(), status => status.ToLabel()),
            Counters("rollout_operator_registry_requests_total", "Requests to registries and their token servers.", "registry", _registries, Itself, "result", Enum.GetValues<RegistryResult>(), Text),
            Counters<PushNotificationResult>("rollout_operator_push_notifications_total", "Push notifications received.", "result"));
    }

    private IEnumerable<RegistryState> StatesOf(string label) =>
        _states().Where(state => Known(state.Registry, _registries) == label);

    /// <summary>The state of one registry.</summary>
    /// <param name="Registry">Its host, with the port if one is given.</param>
    /// <param name="IsBackingOff">Whether no request is sent to it, after a failure.</param>
    /// <param name="LastResponse">When it last responded itself.</param>
    /// <param name="RateLimitRemaining">The part of its rate limit that is left.</param>
    internal sealed record RegistryState(string Registry, bool IsBackingOff, DateTimeOffset? LastResponse, double RateLimitRemaining);
}
