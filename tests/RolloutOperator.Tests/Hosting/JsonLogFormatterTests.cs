using System.Diagnostics;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using RolloutOperator.Hosting;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace RolloutOperator.Tests.Hosting;

public sealed partial class JsonLogFormatterTests
{
    private static readonly DateTimeOffset Time = new(2026, 11, 27, 22, 30, 5, 123, TimeSpan.FromHours(2));

    [Fact]
    public void Writes_one_flat_line_with_a_rendered_message() => Assert.Equal(
        """{"ts":"2026-11-27T20:30:05.123Z","level":"info","msg":"Rolled Deployment shop/greetings after 3 of 00:00:02","kind":"Deployment","namespace":"shop","name":"greetings","count":3,"keyTime":"00:00:02"}""" + "\n",
        Line("Rolled {Kind} {Namespace}/{Name} after {Count} of {KeyTime}", "Deployment", "shop", "greetings", 3, TimeSpan.FromSeconds(2)));

    [Fact]
    public void Escapes_quotes_backslashes_and_control_characters_once() => Assert.Equal(
        """{"ts":"2026-11-27T20:30:05.123Z","level":"info","msg":"Value \"a\\b\"\n\u0000é is odd","value":"\"a\\b\"\n\u0000é"}""" + "\n",
        Line("Value {Value} is odd", "\"a\\b\"\n\0é"));

    [Fact]
    public void Writes_a_list_as_one_string_without_quotes_in_it() => Assert.Equal(
        """{"ts":"2026-11-27T20:30:05.123Z","level":"info","msg":"Read a, b and null","names":"a, b","other":null}""" + "\n",
        Line("Read {Names} and {Other}", new[] { "a", "b" }, null));

    [Fact]
    public void Writes_an_object_as_one_string_without_quotes_in_it() => Assert.Equal(
        """{"ts":"2026-11-27T20:30:05.123Z","level":"info","msg":"Read Name=a, Count=2","object":"Name=a, Count=2"}""" + "\n",
        Line("Read {@Object}", new { Name = "a", Count = 2 }));

    [Theory]
    [InlineData("Could not read {Kind}; retrying: {Error}", "Could not read x; retrying")]
    [InlineData("Could not read {Kind}; retrying: {Error} ({Remedy})", "Could not read x; retrying")]
    [InlineData("Rolled {Kind}: {Reason}", "Rolled x")]
    [InlineData("Missing: {Kind}; grant it: {Consequence} until then; to check: {Command}", "Missing: x; grant it")]
    [InlineData("Event {Reason} on {Kind}", "Event x on x")]
    public void A_sentence_that_ends_a_message_is_a_field_only(string template, string message)
    {
        var line = Parse(Line(template, "x", "x", "x"));
        Assert.Equal(message, (string?)line["msg"]);
        Assert.All(line, field => Assert.NotNull(field.Value));
    }

    [Fact]
    public void Gives_a_value_whose_name_is_taken_an_underscore()
    {
        var line = Line("{Ts} {Level} {Msg} {Error} {error}", "a", "b", "c", "d", "e");
        Assert.Contains("\"msg\":\"a b c d e\",", line, StringComparison.Ordinal);
        Assert.EndsWith("""
            "ts_":"a","level_":"b","msg_":"c","error":"d","error_":"e"}

            """.ReplaceLineEndings("\n"), line, StringComparison.Ordinal);
    }

    // Otherwise the words after it would be lost, or it would be there twice.
    [Fact]
    public void Every_message_of_the_program_ends_with_its_sentences()
    {
        var templates = typeof(JsonLogFormatter).Assembly.GetTypes().Where(type => type.Name == "Log")
            .SelectMany(type => type.GetMethods()).Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()?.Message).OfType<string>().ToList();
        Assert.NotEmpty(templates);
        Assert.All(templates, template =>
        {
            string[] tokens = [.. Regex.Matches(template, "{(\\w+)}").Select(match => match.Groups[1].Value)];
            var line = Parse(Line(template, tokens));
            var sentences = tokens.SkipWhile(token => token is not ("Error" or "Reason" or "Remedy" or "Consequence" or "Command")).ToList();
            Assert.All(sentences, token => Assert.Contains(token, new[] { "Error", "Reason", "Remedy", "Consequence", "Command" }));
            Assert.All(sentences, token => Assert.DoesNotContain(token, (string?)line["msg"], StringComparison.Ordinal));
            Assert.All(tokens.Except(sentences), token => Assert.Contains(token, (string?)line["msg"], StringComparison.Ordinal));
            Assert.DoesNotContain("\"", template, StringComparison.Ordinal);
        });
    }

    // The generator names a value after its parameter, "namespace", and not as the message does, when the order differs.
    [Fact]
    public void The_parameters_of_a_message_are_in_its_order()
    {
        var methods = typeof(JsonLogFormatter).Assembly.GetTypes().Where(type => type.Name == "Log")
            .SelectMany(type => type.GetMethods()).Where(method => method.GetCustomAttribute<LoggerMessageAttribute>() is not null).ToList();
        Assert.NotEmpty(methods);
        Assert.All(methods, method => Assert.Equal(
            Regex.Matches(method.GetCustomAttribute<LoggerMessageAttribute>()!.Message, "{(\\w+)}").Select(match => match.Groups[1].Value.ToUpperInvariant()),
            method.GetParameters().Where(p => p.ParameterType != typeof(Microsoft.Extensions.Logging.ILogger) && !typeof(Exception).IsAssignableFrom(p.ParameterType)).Select(p => p.Name!.ToUpperInvariant())));
    }

    [Fact]
    public void Writes_an_exception_with_its_type_and_stack()
    {
        var exception = Assert.Throws<InvalidOperationException>(Fail);
        var line = Parse(Line(LogEventLevel.Error, exception, "Failed: {Error}", "why"));
        Assert.Equal("Failed", (string?)line["msg"]);
        Assert.Equal("why", (string?)line["error_"]);
        Assert.Equal("System.InvalidOperationException: broken", (string?)line["error"]);
        Assert.StartsWith("   at RolloutOperator.Tests.Hosting.JsonLogFormatterTests", (string?)line["stacktrace"], StringComparison.Ordinal);
    }

    [Fact]
    public void Writes_exceptions_within_others_in_one_line()
    {
        var exception = new AggregateException(new InvalidOperationException("outer", new IOException("inner")), new TimeoutException("late"));
        var line = Parse(Line(LogEventLevel.Error, exception, "Failed"));
        Assert.Equal("System.InvalidOperationException: outer ---> System.IO.IOException: inner ---> System.TimeoutException: late", (string?)line["error"]);
        Assert.DoesNotContain("stacktrace", line.Select(field => field.Key));
    }

    [Theory]
    [InlineData(LogEventLevel.Verbose, "trace")]
    [InlineData(LogEventLevel.Debug, "debug")]
    [InlineData(LogEventLevel.Information, "info")]
    [InlineData(LogEventLevel.Warning, "warn")]
    [InlineData(LogEventLevel.Error, "error")]
    [InlineData(LogEventLevel.Fatal, "fatal")]
    public void Names_levels_as_go_programs_do(LogEventLevel level, string name) =>
        Assert.Equal(name, (string?)Parse(Line(level, exception: null, "x"))["level"]);

    [Fact]
    public void Gives_the_short_name_of_the_logger_and_the_id_of_the_message()
    {
        using var output = new StringWriter();
        using var serilog = new LoggerConfiguration().WriteTo.Sink(new Sink(output)).CreateLogger();
        using var logs = new Serilog.Extensions.Logging.SerilogLoggerFactory(serilog);
        Adopted(logs.CreateLogger<JsonLogFormatterTests>(), "greetings");
        var line = Parse(output.ToString());
        Assert.Equal(["ts", "level", "msg", "name", "eventId", "logger"], line.Select(field => field.Key));
        Assert.Equal("Adopted greetings", (string?)line["msg"]);
        Assert.Equal("JsonLogFormatterTests", (string?)line["logger"]);
        Assert.Equal(5001, (int?)line["eventId"]);
    }

    [Fact]
    public void Writes_the_ids_of_the_trace()
    {
        var (trace, span) = (ActivityTraceId.CreateFromString("0af7651916cd43dd8448eb211c80319c"), ActivitySpanId.CreateFromString("b7ad6b7169203331"));
        var line = Parse(Formatted(new(Time, LogEventLevel.Information, exception: null, MessageTemplate.Empty, [], trace, span)));
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", (string?)line["traceId"]);
        Assert.Equal("b7ad6b7169203331", (string?)line["spanId"]);
    }

    [LoggerMessage(5001, LogLevel.Information, "Adopted {Name}")]
    private static partial void Adopted(Microsoft.Extensions.Logging.ILogger log, string name);

    private static void Fail() => throw new InvalidOperationException("broken");

    private static JsonObject Parse(string line) => JsonNode.Parse(line)!.AsObject();

    private static string Line(string template, params object?[] values) => Line(LogEventLevel.Information, exception: null, template, values);

    private static string Line(LogEventLevel level, Exception? exception, string template, params object?[] values)
    {
        using var logger = new LoggerConfiguration().CreateLogger();
        Assert.True(logger.BindMessageTemplate(template, values, out var parsed, out var properties));
        return Formatted(new(Time, level, exception, parsed, properties));
    }

    private static string Formatted(LogEvent logEvent)
    {
        using var output = new StringWriter();
        new JsonLogFormatter().Format(logEvent, output);
        return output.ToString();
    }

    private sealed class Sink(TextWriter output) : ILogEventSink
    {
        public void Emit(LogEvent logEvent) => new JsonLogFormatter().Format(logEvent, output);
    }
}
