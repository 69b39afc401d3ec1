using System.CommandLine;
using System.CommandLine.Parsing;

namespace RolloutOperator.Cli;

/// <summary>The option that says where traces go.</summary>
internal static class TraceFlags
{
    // Where a collector takes traces, unless something else is said (OTLP specification, OTLP/HTTP request).
    private const string UsualPath = "/v1/traces";

    private static readonly Option<Uri?> Endpoint = new("--otlp-endpoint")
    {
        Description = "Where to send traces, as OTLP over HTTP, such as http://collector:4318. Default: none.",
        HelpName = "URL",
        CustomParser = Parse,
    };

    public static IEnumerable<Option> All => [Endpoint];

    public static Uri? Read(ParseResult parsed) => parsed.GetValue(Endpoint);

    private static Uri? Parse(ArgumentResult result)
    {
        if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var uri)
            && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps) && uri.Host.Length > 0 && uri.UserInfo.Length == 0)
        {
            return uri.AbsolutePath == "/" ? new(uri, UsualPath) : uri;
        }

        // What has a user may have a password, which belongs in no error.
        var said = uri?.UserInfo.Length > 0 ? "" : " " + result.Tokens[0].Value;
        result.AddError($"--otlp-endpoint{said}: write a URL such as http://collector:4318, without a user; headers go into $OTEL_EXPORTER_OTLP_HEADERS.");
        return null;
    }
}
