using System.CommandLine;
using System.CommandLine.Parsing;
using Microsoft.Extensions.Logging;
using RolloutOperator.Serving;
using static RolloutOperator.Cli.OptionTypes;

namespace RolloutOperator.Cli;

/// <summary>What is served, logged and traced.</summary>
internal static class MonitoringFlags
{
    // Where a collector takes traces, unless something else is said (OTLP specification, OTLP/HTTP request).
    private const string TracesPath = "/v1/traces";

    private static readonly Option<ListenAddress?> Listen = Address(
        "--listen",
        $"The address of /metrics, /healthz and /readyz; port 0 takes a free one. Default: {ListenAddress.Default}.",
        "such as 127.0.0.1:8080, [::1]:8080 or :8080",
        anyPort: true);

    private static readonly Option<Toggle> MetricsAuthentication = Flag(
        "--metrics-authentication",
        "Serves /metrics only to whoever has a bearer token with which the API server allows to get /metrics. Needs create on tokenreviews and subjectaccessreviews.");

    private static readonly Option<string?> Level = Choice(
        "--log-level",
        "level",
        "trace, debug, info, warn or error. Info reports every change that the operator makes in the cluster. The words information and warning are understood too. Default: info.",
        "trace", "debug", "info", "warn", "error", "information", "warning");

    private static readonly Option<string?> Format = Choice(
        "--log-format", "format", "json, text, or auto: text on a terminal and JSON otherwise. Default: auto.", "auto", "json", "text");

    private static readonly Option<Uri?> Traces = new("--otlp-endpoint")
    {
        Description = "Where to send traces, as OTLP over HTTP, such as http://collector:4318. Default: none.",
        HelpName = "URL",
        CustomParser = ParseTraces,
    };

    public static OptionGroup Group { get; } = new("Metrics, probes, logs and traces", Listen, MetricsAuthentication, Level, Format, Traces);

    public static ListenAddress ReadListen(CommandResult result) => result.GetValue(Listen) ?? ListenAddress.Default;

    public static bool AuthenticatesMetrics(CommandResult result) => result.GetValue(MetricsAuthentication) == Toggle.On;

    public static LogLevel ReadLevel(CommandResult result) => result.GetValue(Level) switch
    {
        null or "info" => LogLevel.Information,
        "warn" => LogLevel.Warning,
        var text => Enum.TryParse<LogLevel>(text, ignoreCase: true, out var level) ? level : LogLevel.Information,
    };

    public static bool LogsJson(CommandResult result) => result.GetValue(Format) switch { "json" => true, "text" => false, _ => Console.IsOutputRedirected };

    public static Uri? ReadTraces(CommandResult result) => result.GetValue(Traces);

    private static Uri? ParseTraces(ArgumentResult result)
    {
        if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var uri)
            && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps) && uri.Host.Length > 0 && uri.UserInfo.Length == 0)
        {
            return uri.AbsolutePath == "/" ? new(uri, TracesPath) : uri;
        }

        // What has a user may have a password, which belongs in no error.
        var said = uri?.UserInfo.Length > 0 ? "" : " " + result.Tokens[0].Value;
        result.AddError($"--otlp-endpoint{said}: write a URL such as http://collector:4318, without a user; headers go into $OTEL_EXPORTER_OTLP_HEADERS.");
        return null;
    }
}
