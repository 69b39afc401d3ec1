using System.CommandLine;
using System.CommandLine.Parsing;
using RolloutOperator.Serve;

namespace RolloutOperator.Cli;

/// <summary>The options of the endpoint where registries say that an image was pushed.</summary>
internal static class HintFlags
{
    // Whoever guesses it can have registries asked too often, and no more.
    private const int ShortestSecret = 16;

    private static readonly Option<ListenAddress?> Listen = new("--hint-listen")
    {
        Description = "The address where registries may say that an image was pushed (POST /hints): it is then looked at at once. Default: none.",
        HelpName = "host:port",
        CustomParser = ParseAddress,
    };

    private static readonly Option<string?> SecretFile = new("--hint-secret-file")
    {
        Description = $"A file with the secret that they have to know, at least {ShortestSecret} characters. Needed with --hint-listen.",
        HelpName = "file",
        CustomParser = ParseSecret,
    };

    public static IEnumerable<Option> All => [Listen, SecretFile];

    public static HintOptions? Read(ParseResult parsed) => parsed.GetValue(Listen) is { } listen && parsed.GetValue(SecretFile) is { } secret
        ? new() { Listen = listen, Secret = secret }
        : null;

    /// <summary>Neither goes without the other.</summary>
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
