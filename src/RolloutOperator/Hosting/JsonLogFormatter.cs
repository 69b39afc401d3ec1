using System.Globalization;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Json;
using Serilog.Parsing;

namespace RolloutOperator.Hosting;

/// <summary>
/// Writes each log event as one line of flat JSON: <c>ts</c> (RFC 3339, UTC), <c>level</c>, <c>msg</c>, <c>error</c> and
/// <c>stacktrace</c> of an exception, <c>traceId</c>, <c>spanId</c>, <c>logger</c>, <c>eventId</c>, and the values in the
/// message under their names in camelCase. A sentence at the end of the message, such as an error, is a field only. A value
/// whose name is taken gets an underscore after its name.
/// </summary>
internal sealed class JsonLogFormatter : ITextFormatter
{
    // Values that are sentences of their own.
    private static readonly HashSet<string> Sentences = new(StringComparer.Ordinal) { "Command", "Consequence", "Error", "Reason", "Remedy" };
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
            Values.Format(value as ScalarValue ?? new ScalarValue(value), output);
        }

        output.Write("}\n");
    }

    private static IEnumerable<(string Name, object? Value)> Fields(LogEvent logEvent)
    {
        yield return ("ts", logEvent.Timestamp.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        yield return ("level", Level(logEvent.Level));
        yield return ("msg", Message(logEvent));
        if (logEvent.Exception is { } exception)
        {
            var chain = Chain(exception).ToList();
            yield return ("error", string.Join(" ---> ", chain.Select(each => $"{each.GetType()}: {each.Message}")));
            yield return ("stacktrace", string.Join("\n---\n", chain.Select(each => each.StackTrace).OfType<string>().Reverse()) is { Length: > 0 } stack ? stack : null);
        }

        yield return ("traceId", logEvent.TraceId?.ToHexString());
        yield return ("spanId", logEvent.SpanId?.ToHexString());
        foreach (var (name, value) in logEvent.Properties)
        {
            yield return (name, value) switch
            {
                ("SourceContext", ScalarValue { Value: string type }) => ("logger", type[(type.LastIndexOf('.') + 1)..]),
                ("EventId", StructureValue id) => ("eventId", id.Properties.FirstOrDefault(part => part.Name == "Id")?.Value),
                (_, ScalarValue) => (Field(name), value),
                _ => (Field(name), Text(value)),
            };
        }
    }

    private static string Field(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    // Up to the first sentence that has a field of its own: whoever reads fields would read it twice.
    private static string Message(LogEvent logEvent)
    {
        using var message = new StringWriter(CultureInfo.InvariantCulture);
        foreach (var token in logEvent.MessageTemplate.Tokens)
        {
            if (token is not PropertyToken property || !logEvent.Properties.TryGetValue(property.PropertyName, out var value))
            {
                token.Render(logEvent.Properties, message, CultureInfo.InvariantCulture);
            }
            else if (Sentences.Contains(property.PropertyName) && message.GetStringBuilder() is { Length: > 2 } before && before.ToString(before.Length - 2, 2) == ": ")
            {
                return before.ToString(0, before.Length - 2);
            }
            else if (value is ScalarValue { Value: not string })
            {
                property.Render(logEvent.Properties, message, CultureInfo.InvariantCulture);
            }
            else
            {
                message.Write(Text(value));
            }
        }

        return message.ToString();
    }

    // Strings without quotes: in a JSON string, each would have to be escaped.
    private static string Text(LogEventPropertyValue? value) => value switch
    {
        ScalarValue { Value: string text } => text,
        SequenceValue list => string.Join(", ", list.Elements.Select(Text)),
        StructureValue structure => string.Join(", ", structure.Properties.Select(part => $"{part.Name}={Text(part.Value)}")),
        DictionaryValue map => string.Join(", ", map.Elements.Select(each => $"{Text(each.Key)}={Text(each.Value)}")),
        _ => value?.ToString(format: null, CultureInfo.InvariantCulture) ?? "null",
    };

    // The outermost first. A group of exceptions only says that there are some.
    private static IEnumerable<Exception> Chain(Exception exception) => exception switch
    {
        AggregateException group => group.InnerExceptions.SelectMany(Chain),
        { InnerException: { } inner } => Chain(inner).Prepend(exception),
        _ => [exception],
    };

    private static string Level(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose => "trace",
        LogEventLevel.Information => "info",
        LogEventLevel.Warning => "warn",
        _ => level.ToString().ToLowerInvariant(),
    };
}
