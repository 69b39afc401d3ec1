using System.Collections.Frozen;
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

    private (FrozenDictionary<(string, ResolutionStatus), Counter.Child>, FrozenDictionary<(string, RegistryResult), Counter.Child>, FrozenDictionary<PushNotificationResult, Counter.Child>) CreateImages() =>
        (
            Counters("rollout_operator_image_resolutions_total", "Attempts to resolve a tag to a digest, by result.", "registry", _registries, Itself, "result", Enum.GetValues<ResolutionStatus>(), status => status.ToLabel()),
            Counters("rollout_operator_registry_requests_total", "Requests to registries and their token servers.", "registry", _registries, Itself, "result", Enum.GetValues<RegistryResult>(), Text),
            Counters<PushNotificationResult>("rollout_operator_push_notifications_total", "Push notifications received.", "result"));
}
