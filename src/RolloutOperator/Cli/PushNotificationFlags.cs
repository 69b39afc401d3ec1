using System.CommandLine;
using System.CommandLine.Parsing;
using RolloutOperator.Hosting;
using RolloutOperator.Serving;

namespace RolloutOperator.Cli;

/// <summary>The options of the endpoint for push notifications.</summary>
internal static class PushNotificationFlags
{
    // Whoever guesses the secret can only trigger extra checks.
    private const int ShortestSecret = 16;

    private static readonly Option<ListenAddress?> Listen = new("--hint-listen")
    {
        Description = "The address for push notifications from registries (POST /hints), which trigger an immediate check. Default: none.",
        HelpName = "host:port",
        CustomParser = ParseAddress,
    };

    private static readonly Option<string?> SecretFile = new("--hint-secret-file")
    {
        Description = $"A file with the secret that push notifications must carry, at least {ShortestSecret} characters. Required with --hint-listen.",
        HelpName = "file",
        CustomParser = ParseSecret,
    };

    public static IEnumerable<Option> All => [Listen, SecretFile];

    public static PushNotificationOptions? Read(ParseResult parsed) => parsed.GetValue(Listen) is { } listen && parsed.GetValue(SecretFile) is { } secret
        ? new() { Listen = listen, Secret = secret }
        : null;

    /// <summary>Reports an error if only one of the two is given.</summary>
    public static void Check(CommandResult result)
    {
        if (result.GetResult(Listen) is null != result.GetResult(SecretFile) is null)
        {
            result.AddError($"{Listen.Name} and {SecretFile.Name} belong together: name both or neither.");
        }
    }

    private static ListenAddress? ParseAddress(ArgumentResult result)
    {
        var address = ListenAddress.TryParse(result.Tokens[0].Value);
        if (address is null or { Port: 0 })
        {
            result.AddError($"--hint-listen {result.Tokens[0].Value}: write an address with a port, such as 127.0.0.1:8081, [::1]:8081 or :8081.");
        }

        return address;
    }

    private static string? ParseSecret(ArgumentResult result)
    {
        var file = result.Tokens[0].Value;
        try
        {
            var secret = File.ReadAllText(file).Trim();
            if (secret.Length >= ShortestSecret && !secret.Contains('/', StringComparison.Ordinal) && secret.All(c => c is > ' ' and < '\u007f'))
            {
                return secret;
            }

            result.AddError($"--hint-secret-file {file}: write at least {ShortestSecret} visible ASCII characters into it, without \"/\".");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            result.AddError($"--hint-secret-file {file}: the file cannot be read.");
        }

        return null;
    }
}
