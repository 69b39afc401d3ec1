using RolloutOperator.Registry;

namespace RolloutOperator.Hosting;

/// <summary>How images are followed.</summary>
internal sealed record ImageOptions
{
    /// <summary>Whether they are followed at all.</summary>
    public required bool Enabled { get; init; }

    /// <summary>From one look at a tag to the next.</summary>
    public required TimeSpan PollInterval { get; init; }

    /// <summary>Where registries may say that an image was pushed, or null.</summary>
    public PushNotificationOptions? Hints { get; init; }

    /// <summary>What is allowed and what is special, per registry.</summary>
    public required RegistrySettings Registries { get; init; }
}
