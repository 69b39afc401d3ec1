using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace RolloutOperator.Kubernetes;

/// <summary>What is to be written into a Lease.</summary>
/// <param name="Holder">Who holds it from now on; empty for nobody.</param>
/// <param name="DurationSeconds">For how long after this write, unless another follows.</param>
/// <param name="RenewTime">Now. It has to differ from write to write, since others see by it that there was one.</param>
/// <param name="Transitions">How often it has changed hands, when it does so with this write; else null.</param>
public sealed record KubeLeaseChange(string Holder, int DurationSeconds, DateTimeOffset RenewTime, int? Transitions);

/// <summary>Writes Leases as JSON. Pure.</summary>
public static class KubeLeaseBody
{
    /// <summary>The body that creates one.</summary>
    public static byte[] Create(string name, KubeLeaseChange change) => Write(change, json =>
    {
        json.WriteString("apiVersion"u8, ResourceTypes.Leases.ApiVersion);
        json.WriteString("kind"u8, ResourceTypes.Leases.Kind);
        json.WriteStartObject("metadata"u8);
        json.WriteString("name"u8, name);
        json.WriteEndObject();
    });

    /// <summary>The JSON merge patch that changes one, if it still has this version: labels and whatever else others have written stay.</summary>
    public static byte[] Patch(string version, KubeLeaseChange change) => Write(change, json =>
    {
        json.WriteStartObject("metadata"u8);
        json.WriteString("resourceVersion"u8, version);
        json.WriteEndObject();
    });

    private static byte[] Write(KubeLeaseChange change, Action<Utf8JsonWriter> writeHead)
    {
        ArgumentNullException.ThrowIfNull(change);

        // A MicroTime is written with exactly six digits.
        string now = change.RenewTime.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            writeHead(json);
            json.WriteStartObject("spec"u8);
            json.WriteString("holderIdentity"u8, change.Holder);
            json.WriteNumber("leaseDurationSeconds"u8, change.DurationSeconds);
            json.WriteString("renewTime"u8, now);
            if (change.Transitions is { } transitions)
            {
                json.WriteString("acquireTime"u8, now);
                json.WriteNumber("leaseTransitions"u8, transitions);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
