using System.Text.Json;

namespace RolloutOperator.Kubernetes;

/// <summary>
/// Takes what it wants from one object, in place: it is called with the reader on the object's
/// <see cref="JsonTokenType.StartObject"/> and must leave it on the matching <see cref="JsonTokenType.EndObject"/>.
/// The bytes belong to the client and are reused as soon as the reader returns.
/// </summary>
/// <remarks>A <see cref="JsonException"/>, <see cref="InvalidOperationException"/> or <see cref="FormatException"/> from here
/// says that the object was not what it should be, and becomes a <see cref="KubeTransportException"/>.</remarks>
public delegate T ObjectReader<out T>(ref Utf8JsonReader reader);
