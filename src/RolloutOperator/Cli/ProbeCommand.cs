using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;

namespace RolloutOperator.Cli;

/// <summary><c>rollout-operator probe</c>: requests a probe of an operator. The image has no shell and no curl.</summary>
internal static class ProbeCommand
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    public static Command Build()
    {
        var url = new Argument<Uri?>("url")
        {
            Description = "The probe, such as http://localhost:8080/readyz?verbose.",
            CustomParser = ParseUrl,
        };
        var retryFor = OptionTypes.Duration("--for", "How long to retry while the response is not 200. Default: 0, one attempt.", "30s");
        var command = new DocumentedCommand("probe", "Requests a probe of an operator, and fails unless the response is 200.")
        {
            Examples =
            [
                new("Is it ready, and if not, why?", "rollout-operator probe http://localhost:8080/readyz?verbose"),
                new("Wait until it is, for a minute at most.", "rollout-operator probe http://localhost:8080/readyz --for 1m"),
            ],
        };
        command.Arguments.Add(url);
        command.Options.Add(retryFor);
        command.SetAction(async (parsed, cancellationToken) =>
            (int)await ProbeAsync(parsed.GetRequiredValue(url)!, parsed.GetValue(retryFor) ?? TimeSpan.Zero, parsed, cancellationToken));
        return command;
    }

    private static async Task<ExitCode> ProbeAsync(Uri url, TimeSpan retryFor, ParseResult parsed, CancellationToken cancellationToken)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = RequestTimeout };
        for (var started = TimeProvider.System.GetTimestamp(); ;)
        {
            var (isOk, text) = await RequestAsync(client, url, cancellationToken);
            if (isOk)
            {
                await parsed.InvocationConfiguration.Output.WriteLineAsync(text);
                return ExitCode.Success;
            }

            if (TimeProvider.System.GetElapsedTime(started) >= retryFor)
            {
                await parsed.WriteErrorAsync($"{url}: {text}");
                return ExitCode.Failure;
            }

            await Task.Delay(RetryInterval, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Returns whether the response was 200, and its body or the reason why there was none.</summary>
    private static async Task<(bool IsOk, string Text)> RequestAsync(HttpClient client, Uri url, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await client.GetAsync(url, cancellationToken);
            var body = (await response.Content.ReadAsStringAsync(cancellationToken)).TrimEnd();
            return response.StatusCode == HttpStatusCode.OK ? (true, body) : (false, $"{(int)response.StatusCode} {body}".TrimEnd());
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return (false, e.Message);
        }
    }

    private static Uri? ParseUrl(ArgumentResult result)
    {
        if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var url) && url!.Scheme is "http" or "https")
        {
            return url;
        }

        result.AddError($"probe {result.Tokens[0].Value}: write a URL such as http://localhost:8080/readyz.");
        return null;
    }
}
