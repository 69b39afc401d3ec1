using System.Collections.Immutable;
using System.Text.Json;

namespace RolloutOperator.Core.Templates;

/// <summary>Reads from managedFields who changed a pod template. It is a hint for people: anybody may write any name there.</summary>
internal static class ManagedFields
{
    // The API server keeps ten entries of updates, and one for each that applies.
    private const int MostEntries = 50;
    private const int LongestName = 63;

    public static string? LastOfTemplate(JsonElement? metadata, ImmutableArray<string> path)
    {
        var (last, at) = ((string?)null, "");
        foreach (var entry in metadata.Items("managedFields").Take(MostEntries))
        {
            if (entry.Text("manager") is { Length: > 0 } name && name != Names.FieldManager
                && entry.Text("time") is { } time && string.CompareOrdinal(time, at) >= 0 && Owns(entry.Member("fieldsV1"), path))
            {
                (last, at) = (name, time);
            }
        }

        return last is null ? null : new([.. last.Take(LongestName).Select(c => c is > ' ' and < '\x7f' ? c : '?')]);
    }

    private static bool Owns(JsonElement? fields, ImmutableArray<string> path)
    {
        foreach (var step in path)
        {
            fields = fields.Member("f:" + step);
        }

        return fields is not null;
    }
}
