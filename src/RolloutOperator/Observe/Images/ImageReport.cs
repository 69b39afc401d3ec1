using System.Collections.Immutable;
using System.Text.Json;

namespace RolloutOperator.Observe.Images;

/// <summary>What is known of images, for people.</summary>
/// <param name="Leads">Whether this replica leads: the others look at nothing.</param>
/// <param name="Images">Each tag that is looked at; twice if two namespaces have different credentials for it.</param>
internal sealed record ImageReport(bool Leads, ImmutableArray<ImageSight> Images)
{
    public static ImageReport None { get; } = new(Leads: false, []);

    /// <summary>As JSON: <c>{"leads":true,"images":[{"image":…,"digest":…,"lookedAt":…,"dueAt":…,"problem":…,"workloads":…}]}</c>.</summary>
    /// <param name="now">The time of the report, for what it has as times that have passed or will.</param>
    public byte[] ToJson(DateTimeOffset now)
    {
        using var body = new MemoryStream();
        using (var writer = new Utf8JsonWriter(body))
        {
            writer.WriteStartObject();
            writer.WriteBoolean("leads"u8, Leads);
            writer.WriteStartArray("images"u8);
            foreach (var image in Images.OrderBy(image => image.Reference, StringComparer.Ordinal))
            {
                image.Write(writer, now);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return body.ToArray();
    }
}
