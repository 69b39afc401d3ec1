using System.CommandLine;
using System.CommandLine.Parsing;
using RolloutOperator.Core;

namespace RolloutOperator.Cli;

/// <summary><c>rollout-operator probe</c>: asks an operator whether it is well. The image has no shell and no curl that could.</summary>
internal static class ProbeCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static Command Build()
    {
        var url = new Argument<Uri?>("url")
        {
            Description = "What to ask, such as http://localhost:8080/readyz?verbose.",
            CustomParser = result => OwnEndpoint.Parse(result, "probe", "http://localhost:8080/readyz"),
        };
        var patience = new Option<TimeSpan>("--for")
        {
            Description = "How long to ask again while the answer is not 200. Default: 0, which asks once.",
            HelpName = "duration",
            CustomParser = ParseDuration,
        };
        var command = new Command("probe", "Asks an operator's probe, and fails unless it answers with 200.") { url, patience };
        command.SetAction(async (parsed, cancellationToken) =>
            (int)await AskAsync(parsed.GetRequiredValue(url)!, parsed.GetValue(patience), parsed.InvocationConfiguration, cancellationToken));
        return command;
    }

    private static async Task<ExitCode> AskAsync(Uri url, TimeSpan patience, InvocationConfiguration console, CancellationToken cancellationToken)
    {
        using var client = OwnEndpoint.Client();
        for (var started = TimeProvider.System.GetTimestamp(); ;)
        {
            var (well, said) = await OwnEndpoint.AskAsync(client, url, cancellationToken);
            if (well)
            {
                await console.Output.WriteLineAsync(said);
                return ExitCode.Success;
            }

            if (TimeProvider.System.GetElapsedTime(started) >= patience)
            {
                await console.Error.WriteLineAsync($"rollout-operator: {url}: {said}");
                return ExitCode.Failure;
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }

    private static TimeSpan ParseDuration(ArgumentResult result)
    {
        if (!Duration.TryParse(result.Tokens[0].Value, out var duration))
        {
            result.AddError($"--for {result.Tokens[0].Value}: write a duration such as 30s.");
        }

        return duration;
    }
}
