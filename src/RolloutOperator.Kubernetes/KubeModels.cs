using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using k8s.Models;
using RolloutOperator.Kubernetes.Errors;

namespace RolloutOperator.Kubernetes;

/// <summary>
/// The JSON of those models of KubernetesClient that are read and written whole. The library's own context knows every
/// model: linking it costs a native process more than 20 MiB (ADR 20).
/// </summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(MicroTimeConverter)])]
[JsonSerializable(typeof(V1Lease))]
[JsonSerializable(typeof(Eventsv1Event))]
[JsonSerializable(typeof(V1Secret))]
[JsonSerializable(typeof(V1SelfSubjectAccessReview))]
[JsonSerializable(typeof(V1SelfSubjectRulesReview))]
[JsonSerializable(typeof(V1ServiceAccount))]
[JsonSerializable(typeof(V1Status))]
[JsonSerializable(typeof(V1SubjectAccessReview))]
[JsonSerializable(typeof(V1TokenReview))]
public sealed partial class KubeModels : JsonSerializerContext
{
    // Limits of the events.k8s.io/v1 validation. A longer field is refused with 422, and the Event is lost.
    private const int MaxNote = 1024;
    private const int MaxInstance = 128;

    /// <summary>Reads a whole model; the body of an <see cref="ObjectReader{T}"/>.</summary>
    public static T Read<T>(ref Utf8JsonReader reader, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(ref reader, type) ?? throw new FormatException("null instead of an object");

    /// <summary>
    /// Reads a Lease; an <see cref="ObjectReader{T}"/>. One with fields of unexpected types counts as a Lease without
    /// fields, except for its version: an election must be able to take it over.
    /// </summary>
    public static V1Lease ReadLease(ref Utf8JsonReader reader)
    {
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        try
        {
            return document.Deserialize(Default.V1Lease)!;
        }
        catch (JsonException)
        {
            string? version = document.RootElement.TryGetProperty("metadata", out JsonElement metadata) && metadata.ValueKind == JsonValueKind.Object
                && metadata.TryGetProperty("resourceVersion", out JsonElement text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
            return new() { Metadata = new() { ResourceVersion = version } };
        }
    }

    /// <summary>The JSON of a model. Null properties are left out, so that it can be a merge patch.</summary>
    public static byte[] Write<T>(T model, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(model, type);

    internal static byte[] Write(Eventsv1Event value) => Write(
        value with
        {
            ApiVersion = ResourceTypes.Events.ApiVersion,
            Kind = ResourceTypes.Events.Kind,
            Note = Excerpt.Cut(value.Note, MaxNote),
            ReportingInstance = Excerpt.Cut(value.ReportingInstance, MaxInstance),
        },
        Default.Eventsv1Event);

    internal static byte[] Write(KubeAccess access) => Write(
        new V1SelfSubjectAccessReview
        {
            ApiVersion = ResourceTypes.AccessReviews.ApiVersion,
            Kind = ResourceTypes.AccessReviews.Kind,
            Spec = new()
            {
                ResourceAttributes = new()
                {
                    Verb = access.Verb,
                    Group = access.Group,
                    Resource = access.Resource,

                    // Null is left out, and stands for all of them.
                    NamespaceProperty = access.Namespace,
                    Name = access.Name,
                },
            },
        },
        Default.V1SelfSubjectAccessReview);

    internal static bool ReadAllowed(ref Utf8JsonReader reader) =>
        Read(ref reader, Default.V1SelfSubjectAccessReview) is { Kind: "SelfSubjectAccessReview", Status.Allowed: var allowed } ? allowed
            : throw new MalformedResponseException("it is no access review with a status");

    internal static byte[] WriteRulesReview(string @namespace) => Write(
        new V1SelfSubjectRulesReview
        {
            ApiVersion = ResourceTypes.RulesReviews.ApiVersion,
            Kind = ResourceTypes.RulesReviews.Kind,
            Spec = new() { NamespaceProperty = @namespace },
        },
        Default.V1SelfSubjectRulesReview);

    internal static IReadOnlyList<V1ResourceRule> ReadRules(ref Utf8JsonReader reader) =>
        Read(ref reader, Default.V1SelfSubjectRulesReview) is { Kind: "SelfSubjectRulesReview", Status.ResourceRules: { } rules } ? [.. rules]
            : throw new MalformedResponseException("it is no rules review with rules");

    /// <summary>Writes a <c>meta/v1 MicroTime</c>, which has exactly six decimals.</summary>
    internal sealed class MicroTimeConverter : JsonConverter<DateTime>
    {
        public override DateTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset().UtcDateTime;

        public override void Write(Utf8JsonWriter writer, DateTime value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
    }
}
