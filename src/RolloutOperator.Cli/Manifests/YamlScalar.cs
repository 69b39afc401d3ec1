using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace RolloutOperator.Cli.Manifests;

/// <summary>
/// What an unquoted scalar is for kubectl, which reads YAML 1.1 with sigs.k8s.io/yaml: <c>yes</c> is a boolean, <c>0644</c>
/// is octal, a date is text.
/// </summary>
internal static partial class YamlScalar
{
    private const string TagPrefix = "tag:yaml.org,2002:";

    /// <summary>The scalar as a JSON value; null for null.</summary>
    /// <exception cref="FormatException">It is not what its tag says, or JSON has no such value.</exception>
    public static JsonNode? Read(Scalar scalar)
    {
        var tag = scalar.Tag.IsEmpty || scalar.Tag.IsNonSpecific ? null : scalar.Tag.Value;
        if (tag is not null && !tag.StartsWith(TagPrefix, StringComparison.Ordinal))
        {
            return scalar.Value;
        }

        switch (tag?[TagPrefix.Length..])
        {
            case null:
                return scalar.Style == ScalarStyle.Plain ? Resolve(scalar.Value) : scalar.Value;
            case "str":
                return scalar.Value;
            case "binary":
                return Encoding.UTF8.GetString(Convert.FromBase64String(scalar.Value));
            case "null" when Resolve(scalar.Value) is null:
                return null;
            case "bool" when Resolve(scalar.Value) is JsonValue value && value.TryGetValue(out bool truth):
                return truth;
            case "int" or "float" when Resolve(scalar.Value) is JsonValue value && IsNumber(value):
                return value;
            case "timestamp":
                return scalar.Value;
            default:
                throw new FormatException("the value is not what its tag says");
        }
    }

    /// <summary>The name of a member: JSON has texts alone.</summary>
    /// <exception cref="FormatException">It is null.</exception>
    public static string Name(Scalar scalar) => Read(scalar) switch
    {
        null => throw new FormatException("null is no key of a mapping"),
        JsonValue value when value.TryGetValue(out string? text) => text,
        var value => value.ToJsonString(),
    };

    private static bool IsNumber(JsonValue value) => value.TryGetValue(out long _) || value.TryGetValue(out ulong _) || value.TryGetValue(out double _);

    private static JsonNode? Resolve(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return null;
            case "y" or "Y" or "yes" or "Yes" or "YES" or "true" or "True" or "TRUE" or "on" or "On" or "ON":
                return true;
            case "n" or "N" or "no" or "No" or "NO" or "false" or "False" or "FALSE" or "off" or "Off" or "OFF":
                return false;
            case ".nan" or ".NaN" or ".NAN" or ".inf" or ".Inf" or ".INF" or "+.inf" or "+.Inf" or "+.INF" or "-.inf" or "-.Inf" or "-.INF":
                throw new FormatException("JSON has no such number");
            default:
                return text[0] is '+' or '-' or '.' || char.IsAsciiDigit(text[0]) ? Number(text) : text;
        }
    }

    private static JsonNode Number(string text)
    {
        var plain = text.Replace("_", "", StringComparison.Ordinal);
        if (Whole(plain) is { } whole)
        {
            if (whole >= long.MinValue && whole <= long.MaxValue)
            {
                return (long)whole;
            }

            if (whole >= 0 && whole <= ulong.MaxValue)
            {
                return (ulong)whole;
            }
        }

        return Float().IsMatch(plain) && double.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? Math.Abs(number) < 1e15 && number == Math.Truncate(number) ? (long)number : number
            : text;
    }

    private static BigInteger? Whole(string text)
    {
        var isNegative = text[0] == '-';
        var digits = text[0] is '-' or '+' ? text[1..] : text;
        var (from, radix) = digits switch
        {
            ['0', 'x' or 'X', ..] => (2, 16),
            ['0', 'o' or 'O', ..] => (2, 8),
            ['0', 'b' or 'B', ..] => (2, 2),
            ['0', _, ..] => (1, 8),
            _ => (0, 10),
        };
        if (digits.Length == from)
        {
            return null;
        }

        var value = BigInteger.Zero;
        foreach (var c in digits.AsSpan(from))
        {
            if (!char.IsAsciiHexDigit(c) || Convert.ToInt32(c.ToString(), 16) is var digit && digit >= radix)
            {
                return null;
            }

            value = (value * radix) + digit;
        }

        return isNegative ? -value : value;
    }

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Float();
}
