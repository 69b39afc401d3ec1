using System.Text.Json;
using RolloutOperator.Kubernetes.Errors;

namespace RolloutOperator.Kubernetes.Reading;

/// <summary>Which object a response has to be.</summary>
/// <param name="Type">The resource.</param>
/// <param name="Namespace">The namespace; null for a cluster-scoped resource.</param>
/// <param name="Name">The name; null for one that the server may have made.</param>
internal readonly record struct ObjectIdentity(ResourceType Type, string? Namespace, string? Name = null)
{
    /// <summary>Reads the identity of an object, and nothing else of it.</summary>
    /// <exception cref="MalformedResponseException">It is another object, or has no version.</exception>
    public void Require(ReadOnlySpan<byte> body)
    {
        Utf8JsonReader json = Json.Open(body);
        bool isOfKind = false;
        bool isNamed = false;
        while (Json.NextProperty(ref json))
        {
            if (json.ValueTextEquals("kind"u8))
            {
                isOfKind = NextIs(ref json, Type.Kind);
            }
            else if (json.ValueTextEquals("metadata"u8) && json.Read() && json.TokenType == JsonTokenType.StartObject)
            {
                isNamed = HasMetadata(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        if (!isOfKind || !isNamed)
        {
            throw new MalformedResponseException($"it is not the object of kind {Type.Kind} that was asked for");
        }
    }

    private bool HasMetadata(ref Utf8JsonReader json)
    {
        bool isNamed = Name is null;
        bool isInNamespace = Namespace is null;
        bool hasVersion = false;
        while (Json.NextProperty(ref json))
        {
            if (Name is not null && json.ValueTextEquals("name"u8))
            {
                isNamed = NextIs(ref json, Name);
            }
            else if (Namespace is not null && json.ValueTextEquals("namespace"u8))
            {
                isInNamespace = NextIs(ref json, Namespace);
            }
            else if (json.ValueTextEquals("resourceVersion"u8))
            {
                hasVersion = json.Read() && json.TokenType == JsonTokenType.String && json.ValueSpan.Length > 0;
                json.Skip();
            }
            else
            {
                json.Skip();
            }
        }

        return isNamed && isInNamespace && hasVersion;
    }

    private static bool NextIs(ref Utf8JsonReader json, string text)
    {
        json.Read();
        bool isEqual = json.TokenType == JsonTokenType.String && json.ValueTextEquals(text);
        json.Skip();
        return isEqual;
    }
}
