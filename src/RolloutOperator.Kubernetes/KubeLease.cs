using System.Text.Json;

namespace RolloutOperator.Kubernetes;

/// <summary>
/// A <c>coordination.k8s.io/v1</c> Lease, as far as an election reads it. What is missing or of another type is not
/// there: anybody with the right may have written anything.
/// </summary>
/// <seealso href="https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/"/>
public sealed record KubeLease
{
    /// <summary>The version of this state: the precondition of a write that follows from it.</summary>
    public required string ResourceVersion { get; init; }

    /// <summary>Who holds it; empty when nobody does.</summary>
    public string Holder { get; init; } = "";

    /// <summary>For how long after a renewal the holder may believe that it holds it; null when that is not said.</summary>
    public int? DurationSeconds { get; init; }

    /// <summary>When it was last renewed, by the holder's clock and as it wrote it: good for seeing that it was, for nothing else.</summary>
    public string? RenewTime { get; init; }

    /// <summary>How often it has passed from one holder to another.</summary>
    public int Transitions { get; init; }

    /// <summary>Reads one object; an <see cref="ObjectReader{T}"/>.</summary>
    public static KubeLease Read(ref Utf8JsonReader reader)
    {
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        JsonElement metadata = Member(document.RootElement, "metadata");
        JsonElement spec = Member(document.RootElement, "spec");
        return new()
        {
            ResourceVersion = Text(metadata, "resourceVersion") ?? "",
            Holder = Text(spec, "holderIdentity") ?? "",
            DurationSeconds = Number(spec, "leaseDurationSeconds"),
            RenewTime = Text(spec, "renewTime"),
            Transitions = Number(spec, "leaseTransitions") ?? 0,
        };
    }

    private static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) ? value : default;

    private static string? Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    private static int? Number(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int number) ? number : null;
}
