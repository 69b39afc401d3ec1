using System.CommandLine;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RolloutOperator.Hosting;

namespace RolloutOperator.Cli;

/// <summary><c>rollout-operator run</c>: the operator itself.</summary>
internal static class RunCommand
{
    public static Command Build()
    {
        var command = new Command("run", "Runs the operator: watches the cluster and rolls enrolled workloads until it is stopped.");
        foreach (var option in RunFlags.All)
        {
            command.Options.Add(option);
        }

        command.Validators.Add(RunFlags.Validate);
        command.SetAction(async (parsed, cancellationToken) => (int)await RunAsync(parsed, cancellationToken));
        return command;
    }

    private static async Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (await ConnectionFlags.LoadAsync(parsed) is not { } endpoint)
        {
            return ExitCode.Configuration;
        }

        var options = RunFlags.Read(parsed.CommandResult, endpoint);
        await using var app = OperatorHost.Build(options, endpoint);
        var service = app.Services.GetRequiredService<OperatorService>();
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync(
                $"rollout-operator: cannot listen on {options.Listen}: {e.Message} Choose another address with --listen.");
            return ExitCode.CannotListen;
        }
        catch (OperationCanceledException)
        {
            // Told to stop while starting.
            return service.ExitCode;
        }

        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger<OperatorService>();
        if (options.DryRun)
        {
            log.DryRun();
        }

        var urls = app.Urls.Where(url => new Uri(url).Port != options.PushNotifications.Listen?.Port);
        log.Serving(string.Join(", ", urls));
        await app.WaitForShutdownAsync(cancellationToken);
        return service.ExitCode;
    }
}
