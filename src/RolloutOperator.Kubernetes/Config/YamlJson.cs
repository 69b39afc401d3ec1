using System.Buffers;
using System.Text;
using System.Text.Json;

namespace RolloutOperator.Kubernetes.Config;

/// <summary>Turns a subtree into JSON, for the one place where a kubeconfig carries arbitrary data.</summary>
internal static class YamlJson
{
    // Written out, nested aliases do grow.
    private const int MaxLength = 1 << 20;

    /// <summary>Null if the result would be beyond reason.</summary>
    public static string? Write(YamlValue value)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(buffer);
        if (!TryWrite(json, value))
        {
            return null;
        }

        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static bool TryWrite(Utf8JsonWriter json, YamlValue value)
    {
        if (json.BytesCommitted + json.BytesPending > MaxLength)
        {
            return false;
        }

        switch (value)
        {
            case YamlValue.Scalar scalar:
                WriteScalar(json, scalar);
                return true;
            case YamlValue.Sequence sequence:
                json.WriteStartArray();
                foreach (YamlValue item in sequence.Items)
                {
                    if (!TryWrite(json, item))
                    {
                        return false;
                    }
                }

                json.WriteEndArray();
                return true;
            case YamlValue.Mapping mapping:
                json.WriteStartObject();
                foreach ((string name, YamlValue member) in mapping.Members)
                {
                    json.WritePropertyName(name);
                    if (!TryWrite(json, member))
                    {
                        return false;
                    }
                }

                json.WriteEndObject();
                return true;
            default:
                return false;
        }
    }

    private static void WriteScalar(Utf8JsonWriter json, YamlValue.Scalar scalar)
    {
        if (scalar.IsNull)
        {
            json.WriteNullValue();
        }
        else if (!scalar.IsQuoted && bool.TryParse(scalar.Text, out bool truth))
        {
            json.WriteBooleanValue(truth);
        }
        else if (!scalar.IsQuoted && long.TryParse(scalar.Text, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out long number))
        {
            json.WriteNumberValue(number);
        }
        else
        {
            json.WriteStringValue(scalar.Text);
        }
    }
}
