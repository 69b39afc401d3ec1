using System.CommandLine.Parsing;
using System.Net;

namespace RolloutOperator.Cli;

/// <summary>Asks an operator that runs something over HTTP.</summary>
internal static class OwnEndpoint
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static HttpClient Client() => new(new SocketsHttpHandler { UseProxy = false }) { Timeout = Patience };

    /// <summary>Gives whether the answer was 200, and what it said or why there was none.</summary>
    public static async Task<(bool Well, string Said)> AskAsync(HttpClient client, Uri url, CancellationToken cancellationToken)
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

    /// <summary>Reads the argument, and says what to write instead of what is none.</summary>
    public static Uri? Parse(ArgumentResult result, string command, string example)
    {
        if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var url) && url!.Scheme is "http" or "https")
        {
            return url;
        }

        result.AddError($"{command} {result.Tokens[0].Value}: write a URL such as {example}.");
        return null;
    }
}
