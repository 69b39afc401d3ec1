using System.Buffers;
using System.Text.Json;

namespace RolloutOperator.Kubernetes;

/// <summary>A <c>authorization.k8s.io/v1</c> SelfSubjectAccessReview as JSON. Pure.</summary>
/// <seealso href="https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/"/>
internal static class KubeAccessBody
{
    public static ReadOnlyMemory<byte> Write(KubeAccess access)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("apiVersion"u8, ResourceTypes.AccessReviews.ApiVersion);
            json.WriteString("kind"u8, ResourceTypes.AccessReviews.Kind);
            json.WriteStartObject("spec"u8);
            json.WriteStartObject("resourceAttributes"u8);
            json.WriteString("verb"u8, access.Verb);
            json.WriteString("group"u8, access.Group);
            json.WriteString("resource"u8, access.Resource);

            // Left out, they stand for all of them.
            if (access.Namespace is not null)
            {
                json.WriteString("namespace"u8, access.Namespace);
            }

            if (access.Name is not null)
            {
                json.WriteString("name"u8, access.Name);
            }

            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    /// <summary>Whether it is allowed; an <see cref="ObjectReader{T}"/>. An answer that does not say is no answer.</summary>
    public static bool Read(ref Utf8JsonReader reader)
    {
        using JsonDocument review = JsonDocument.ParseValue(ref reader);
        return review.RootElement.TryGetProperty("status", out JsonElement status)
            && status.ValueKind == JsonValueKind.Object
            && status.TryGetProperty("allowed", out JsonElement allowed)
            && allowed.ValueKind is JsonValueKind.True or JsonValueKind.False
                ? allowed.GetBoolean()
                : throw new FormatException("the access review has no status.allowed");
    }
}
