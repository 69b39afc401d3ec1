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
        var command = new DocumentedCommand("run", "Runs the operator: watches the cluster and rolls enrolled workloads until it is stopped.")
        {
            Groups = RunFlags.Groups,
            Examples =
            [
                new("What would be rolled? Nothing is changed.", "rollout-operator run --dry-run"),
                new("Two namespaces, with rights in them alone.", "rollout-operator run --namespace shop --namespace office"),
                new("Every workload of the namespaces of a team that does not opt out.", "rollout-operator run --namespace-selector team=shop --auto"),
                new("On a machine of yours, as one replica.", "rollout-operator run --kubeconfig ~/.kube/config --leader-elect=false --listen 127.0.0.1:8080"),
                new("With options from a file, one of them overridden.", "ROLLOUT_OPERATOR_SETTLE=5s rollout-operator run --config options.json"),
            ],
            Note = $"An option that is not on the command line is taken from the environment, else from the file of {ConfigurationFile.Option.Name}. "
                + "The variable of --log-level is ROLLOUT_OPERATOR_LOG_LEVEL; its key in the file is log-level. A list has commas in the environment, and may be a list in the file. An empty value is none.",
        };
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
            await parsed.WriteErrorAsync($"cannot listen on {options.Listen}: {e.Message} Choose another address with --listen.");
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
