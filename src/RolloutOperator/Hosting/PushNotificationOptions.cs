using RolloutOperator.Serving;

namespace RolloutOperator.Hosting;

/// <summary>Where registries may say that an image was pushed. A class and not a record, so that nothing prints its members.</summary>
internal sealed class PushNotificationOptions
{
    /// <summary>The address.</summary>
    public required ListenAddress Listen { get; init; }

    /// <summary>What whoever sends one has to know.</summary>
    public required string Secret { get; init; }
}
