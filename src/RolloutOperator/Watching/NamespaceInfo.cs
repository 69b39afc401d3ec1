using System.Text.Json;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Watching;

/// <summary>What counts of a namespace.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Enrols">Whether its label enrols its workloads.</param>
/// <param name="Ending">Whether it is being deleted: what is in it goes in whatever order, and must not be acted upon.</param>
internal sealed record NamespaceInfo(string Name, bool Enrols, bool Ending)
{
    /// <summary>Reads a PartialObjectMetadata.</summary>
    /// <exception cref="FormatException">It has no name or no version.</exception>
    public static Versioned Read(ref Utf8JsonReader reader)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        if (!document.RootElement.TryGetProperty("metadata", out var metadata)
            || Text(metadata, "name") is not { Length: > 0 } name || Text(metadata, "resourceVersion") is not { Length: > 0 } version)
        {
            throw new FormatException("the namespace has no name or no resourceVersion");
        }

        var label = metadata.TryGetProperty("labels", out var labels) ? Text(labels, Names.Enabled) : null;
        return new(
            new(name, Enrols: label == "true", Ending: Text(metadata, "deletionTimestamp") is not null),
            version);
    }

    private static string? Text(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var text) ? text.GetString() : null;

    /// <param name="Namespace">The namespace.</param>
    /// <param name="Version">Its resourceVersion as the API wrote it.</param>
    internal sealed record Versioned(NamespaceInfo Namespace, string Version);
}
