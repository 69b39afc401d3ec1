using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace RolloutOperator.Cli.Output;

/// <summary>How a report is printed.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>For people, with more columns.</summary>
    Wide,

    /// <summary>Names of workloads alone, such as <c>deployment/greetings</c>.</summary>
    Name,

    /// <summary>JSON.</summary>
    Json,

    /// <summary>YAML.</summary>
    Yaml,
}

/// <summary>Prints a report as JSON or YAML.</summary>
internal static class Printer
{
    // Names of sources have slashes and reasons quotation marks: they stay readable. It is no part of a web page.
    private static readonly JsonSerializerOptions Options = new(Reports.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonSerializerOptions Compact = new(Options) { WriteIndented = false };

    /// <summary>Whether it was printed: formats for people are not.</summary>
    public static async Task<bool> PrintAsync<T>(TextWriter output, OutputFormat format, T report)
    {
        if (format is not (OutputFormat.Json or OutputFormat.Yaml))
        {
            return false;
        }

        var type = (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T));
        if (format == OutputFormat.Json)
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(report, type));
        }
        else
        {
            await output.WriteAsync(Yaml(JsonSerializer.SerializeToElement(report, type)));
        }

        return true;
    }

    /// <summary>The report as JSON in one line.</summary>
    public static string OneLine<T>(T report) => JsonSerializer.Serialize(report, (JsonTypeInfo<T>)Compact.GetTypeInfo(typeof(T)));

    private static string Yaml(JsonElement json)
    {
        using var text = new StringWriter { NewLine = "\n" };
        var emitter = new Emitter(text);
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(version: null, tags: null, isImplicit: true));
        Emit(emitter, json);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    private static void Emit(Emitter emitter, JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                emitter.Emit(new MappingStart());
                foreach (var member in json.EnumerateObject())
                {
                    emitter.Emit(new Scalar(member.Name));
                    Emit(emitter, member.Value);
                }

                emitter.Emit(new MappingEnd());
                break;
            case JsonValueKind.Array:
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, json.GetArrayLength() == 0 ? SequenceStyle.Flow : SequenceStyle.Block));
                foreach (var item in json.EnumerateArray())
                {
                    Emit(emitter, item);
                }

                emitter.Emit(new SequenceEnd());
                break;
            case JsonValueKind.String:
                // Quoted, so that no text is taken for a number or a date.
                emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, json.GetString()!, ScalarStyle.DoubleQuoted, isPlainImplicit: false, isQuotedImplicit: true));
                break;
            default:
                emitter.Emit(new Scalar(json.GetRawText()));
                break;
        }
    }
}
