using System.Globalization;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Display;
using Serilog.Formatting.Json;

namespace RolloutOperator.Hosting;

/// <summary>
/// Writes each log event as one line of flat JSON: <c>ts</c> (RFC 3339, UTC), <c>level</c>, <c>msg</c>, <c>error</c> (an
/// exception with its stack trace), <c>traceId</c>, <c>spanId</c>, <c>logger</c>, <c>eventId</c>, and the values in the
/// message under their names in camelCase. A value whose name is taken gets an underscore after its name.
/// </summary>
internal sealed class JsonLogFormatter : ITextFormatter
{
    private static readonly MessageTemplateTextFormatter Message = new("{Message:l}", CultureInfo.InvariantCulture);
    private static readonly JsonValueFormatter Values = new(typeTagName: null);

    public void Format(LogEvent logEvent, TextWriter output)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (field, value) in Fields(logEvent).Where(field => field.Value is not null))
        {
            var name = field;
            while (!names.Add(name))
            {
                name += "_";
            }

            output.Write(names.Count == 1 ? '{' : ',');
            JsonValueFormatter.WriteQuotedJsonString(name, output);
            output.Write(':');
            Values.Format(value as LogEventPropertyValue ?? new ScalarValue(value), output);
        }

        output.Write("}\n");
    }

    private static IEnumerable<(string Name, object? Value)> Fields(LogEvent logEvent)
    {
        using var message = new StringWriter(CultureInfo.InvariantCulture);
        Message.Format(logEvent, message);
        yield return ("ts", logEvent.Timestamp.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        yield return ("level", Level(logEvent.Level));
        yield return ("msg", message.ToString());
        yield return ("error", logEvent.Exception?.ToString());
        yield return ("traceId", logEvent.TraceId?.ToHexString());
        yield return ("spanId", logEvent.SpanId?.ToHexString());
        foreach (var (name, value) in logEvent.Properties)
        {
            yield return (name, value) switch
            {
                ("SourceContext", ScalarValue { Value: string type }) => ("logger", type[(type.LastIndexOf('.') + 1)..]),
                ("EventId", StructureValue id) => ("eventId", id.Properties.FirstOrDefault(part => part.Name == "Id")?.Value),
                _ => (char.ToLowerInvariant(name[0]) + name[1..], value),
            };
        }
    }

    private static string Level(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose => "trace",
        LogEventLevel.Information => "info",
        LogEventLevel.Warning => "warn",
        _ => level.ToString().ToLowerInvariant(),
    };
}
