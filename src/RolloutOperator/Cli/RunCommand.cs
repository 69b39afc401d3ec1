using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RolloutOperator.Core.Templates;
using RolloutOperator.Hosting;
using RolloutOperator.Kubernetes;
using RolloutOperator.Leadership;
using RolloutOperator.Serving;

namespace RolloutOperator.Cli;

/// <summary><c>rollout-operator run</c>: the operator itself.</summary>
internal static class RunCommand
{
    private static readonly Option<TimeSpan?> Settle = new("--settle")
    {
        Description = "How long to wait after the last change before a workload is rolled, such as 500ms, 1s or 1m30s; 0 for immediately. Default: 1s.",
        HelpName = "duration",
        CustomParser = ParseDuration,
    };

    private static readonly Option<ListenAddress?> Listen = new("--listen")
    {
        Description = $"The address of /metrics, /healthz and /readyz; port 0 takes a free one. Default: {ListenAddress.Default}.",
        HelpName = "host:port",
        CustomParser = ParseAddress,
    };

    private static readonly Option<string?> Level = new("--log-level")
    {
        Description = "trace, debug, information, warning or error. Information reports every change that the operator makes in the cluster. Default: information.",
        HelpName = "level",
    };

    private static readonly Option<string?> Format = new("--log-format")
    {
        Description = "json, text, or auto: text on a terminal and JSON otherwise. Default: auto.",
        HelpName = "format",
    };

    public static Command Build()
    {
        Level.AcceptOnlyFromAmong("trace", "debug", "information", "warning", "error");
        Format.AcceptOnlyFromAmong("auto", "json", "text");
        var command = new Command("run", "Runs the operator: watches the cluster and rolls enrolled workloads until it is stopped.")
        {
            Settle, Listen, Level, Format,
        };
        foreach (var option in ConnectionFlags.All.Concat(NamespaceFlags.All).Concat(KindFlags.All).Concat(EnrolmentFlags.All).Concat(RolloutFlags.All).Concat(ElectionFlags.All).Concat(ImageFlags.All).Concat(PushNotificationFlags.All).Concat(TraceFlags.All))
        {
            command.Options.Add(option);
        }

        command.Validators.Add(ElectionFlags.Check);
        command.Validators.Add(PushNotificationFlags.Check);
        command.SetAction(async (parsed, cancellationToken) => (int)await RunAsync(parsed, cancellationToken));
        return command;
    }

    private static async Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var errors = parsed.InvocationConfiguration.Error;
        if (await ConnectionFlags.LoadAsync(parsed) is not { } endpoint)
        {
            return ExitCode.Configuration;
        }

        var options = Read(parsed, endpoint);
        await using var app = OperatorHost.Build(options);
        var service = app.Services.GetRequiredService<OperatorService>();
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await errors.WriteLineAsync($"rollout-operator: cannot listen on {options.Listen}: {e.Message} Choose another address with --listen.");
            return ExitCode.CannotListen;
        }
        catch (OperationCanceledException)
        {
            // Told to stop while starting.
            return service.ExitCode;
        }

        app.Services.GetRequiredService<ILoggerFactory>().CreateLogger<OperatorService>().Serving(string.Join(", ", app.Urls.Where(url => !IsOfHints(url, options))));
        await app.WaitForShutdownAsync(cancellationToken);
        return service.ExitCode;
    }

    private static bool IsOfHints(string url, OperatorOptions options) => options.Images.Hints is { Listen.Port: var port } && new Uri(url).Port == port;

    private static OperatorOptions Read(ParseResult parsed, KubeEndpoint endpoint) => new()
    {
        Endpoint = endpoint,
        Scope = NamespaceFlags.Read(parsed),
        Kinds = KindFlags.Read(parsed),
        Reading = EnrolmentFlags.Read(parsed) with { Images = ImageFlags.Read(parsed).Enabled },
        Images = ImageFlags.Read(parsed),
        Election = ElectionFlags.Read(parsed),
        OperatorNamespace = ConnectionFlags.NamespaceOf(parsed, endpoint),
        Settle = parsed.GetValue(Settle) ?? TimeSpan.FromSeconds(1),
        StallAfter = RolloutFlags.Read(parsed),
        Traces = TraceFlags.Read(parsed),
        Listen = parsed.GetValue(Listen) ?? ListenAddress.Default,
        LogLevel = parsed.GetValue(Level) is { } level ? Enum.Parse<LogLevel>(level, ignoreCase: true) : LogLevel.Information,
        JsonLogs = parsed.GetValue(Format) switch { "json" => true, "text" => false, _ => Console.IsOutputRedirected },
    };

    private static TimeSpan? ParseDuration(ArgumentResult result)
    {
        if (!Duration.TryParse(result.Tokens[0].Value, out var duration))
        {
            result.AddError($"--settle {result.Tokens[0].Value}: write a duration such as 500ms, 1s or 1m30s, at most a day.");
        }

        return duration;
    }

    private static ListenAddress? ParseAddress(ArgumentResult result)
    {
        var address = ListenAddress.TryParse(result.Tokens[0].Value);
        if (address is null)
        {
            result.AddError($"--listen {result.Tokens[0].Value}: write an address such as 127.0.0.1:8080, [::1]:8080 or :8080.");
        }

        return address;
    }
}
