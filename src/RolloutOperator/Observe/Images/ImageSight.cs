using System.Text.Json;

namespace RolloutOperator.Observe.Images;

/// <summary>What is known of one tag.</summary>
/// <param name="Reference">The image, written in full.</param>
/// <param name="Digest">The digest that counts, or null while two looks in a row have not given the same one.</param>
/// <param name="LookedAgo">Since the last look began, or null if there was none.</param>
/// <param name="DueIn">Until the next look, or null while one is under way and before the first one of a term.</param>
/// <param name="Problem">What somebody should know, as a half-sentence, or null.</param>
/// <param name="Workloads">How many workloads have it.</param>
internal sealed record ImageSight(string Reference, string? Digest, TimeSpan? LookedAgo, TimeSpan? DueIn, string? Problem, int Workloads)
{
    public static ImageSight Of(Tag tag, TimeSpan now) => new(
        tag.Name.Reference,
        tag.State.Manifest,
        now - tag.LookedAt,
        tag.Looking || tag.State == TagWatch.New ? null : tag.State.Due - now,
        tag.State.Problem,
        tag.Claims.SelectMany(claimed => claimed.Users).Distinct().Count());

    internal void Write(Utf8JsonWriter writer, DateTimeOffset now)
    {
        writer.WriteStartObject();
        writer.WriteString("image"u8, Reference);
        writer.WriteString("digest"u8, Digest);
        WriteTime(writer, "lookedAt", now - LookedAgo);
        WriteTime(writer, "dueAt", now + DueIn);
        writer.WriteString("problem"u8, Problem);
        writer.WriteNumber("workloads"u8, Workloads);
        writer.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter writer, string name, DateTimeOffset? time)
    {
        if (time is { } at)
        {
            writer.WriteString(name, at);
        }
        else
        {
            writer.WriteNull(name);
        }
    }
}
