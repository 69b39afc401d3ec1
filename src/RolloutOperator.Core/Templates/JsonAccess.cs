using System.Text.Json;

namespace RolloutOperator.Core.Templates;

/// <summary>
/// Reads API objects as they come: a member that is missing or of another type is simply not there, since any kind
/// with a pod template may be given and a mistake in one object must not stop the operator.
/// </summary>
public static class JsonAccess
{
    /// <summary>The member of an object; null when it is missing or null.</summary>
    public static JsonElement? Member(this JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } o && o.TryGetProperty(name, out var value)
        && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <inheritdoc cref="Member(JsonElement?, string)"/>
    public static JsonElement? Member(this JsonElement element, string name) => Member((JsonElement?)element, name);

    /// <summary>A text.</summary>
    public static string? Text(this JsonElement? element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <inheritdoc cref="Text(JsonElement?, string)"/>
    public static string? Text(this JsonElement element, string name) => Text((JsonElement?)element, name);

    /// <summary>Whether it is <c>true</c>.</summary>
    public static bool IsTrue(this JsonElement? element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.True };

    /// <summary>A whole number.</summary>
    public static long? Number(this JsonElement? element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : null;

    /// <summary>A number of things: not negative.</summary>
    public static int? Count(this JsonElement? element, string name) =>
        element.Number(name) is >= 0 and <= int.MaxValue and var count ? (int)count : null;

    /// <inheritdoc cref="Items(JsonElement?, string)"/>
    public static IEnumerable<JsonElement?> Items(this JsonElement element, string name) => Items((JsonElement?)element, name);

    /// <summary>The items of an array; none when it is no array.</summary>
    public static IEnumerable<JsonElement?> Items(this JsonElement? element, string name)
    {
        if (element.Member(name) is { ValueKind: JsonValueKind.Array } array)
        {
            foreach (var item in array.EnumerateArray())
            {
                yield return item;
            }
        }
    }
}
