namespace RolloutOperator.Registry.Credentials;

/// <summary>One entry of a docker config.</summary>
internal sealed record DockerConfigEntry(KeyPattern Key, RegistryCredential Credential);
