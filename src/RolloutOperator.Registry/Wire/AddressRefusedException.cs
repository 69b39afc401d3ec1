namespace RolloutOperator.Registry.Wire;

/// <summary>No address of the host may be connected to. It travels through HttpClient and goes no further.</summary>
internal sealed class AddressRefusedException(string host) : IOException($"{host} has no address that may be connected to");
