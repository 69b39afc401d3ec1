using System.CommandLine;
using System.CommandLine.Parsing;
using RolloutOperator.Core.Templates;
using RolloutOperator.Hosting;
using RolloutOperator.Registry;

namespace RolloutOperator.Cli;

/// <summary>The options for images and registries.</summary>
internal static class ImageFlags
{
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromMinutes(5);

    private static readonly Option<string?> Images = new("--images")
    {
        Description = "Whether a push to a tag rolls the workloads that would pull it: on or off. Default: on.",
        HelpName = "on|off",
    };

    private static readonly Option<TimeSpan?> PollInterval = new("--image-poll-interval")
    {
        Description = "How often each tag is checked in its registry, such as 30s or 5m, at least 1s. Default: 5m.",
        HelpName = "duration",
        CustomParser = ParseInterval,
    };

    private static readonly Option<RegistrySettings?> Registries = new("--registries")
    {
        Description = "A JSON file with settings of registries, and which of them may be contacted. Default: those with public addresses, over https.",
        HelpName = "file",
        CustomParser = ParseFile,
    };

    static ImageFlags() => Images.AcceptOnlyFromAmong("on", "off");

    public static IEnumerable<Option> All => [Images, PollInterval, Registries];

    public static ImageOptions Read(ParseResult parsed) => new()
    {
        Enabled = parsed.GetValue(Images) != "off",
        PollInterval = parsed.GetValue(PollInterval) ?? DefaultInterval,
        Hints = PushNotificationFlags.Read(parsed),
        Registries = parsed.GetValue(Registries) ?? RegistrySettings.Default,
    };

    private static TimeSpan? ParseInterval(ArgumentResult result)
    {
        if (!Duration.TryParse(result.Tokens[0].Value, out var duration) || duration < ShortestInterval)
        {
            result.AddError($"--image-poll-interval {result.Tokens[0].Value}: write a duration such as 30s or 5m, at least 1s and at most a day.");
        }

        return duration;
    }

    private static RegistrySettings? ParseFile(ArgumentResult result)
    {
        var file = result.Tokens[0].Value;
        byte[] json;
        try
        {
            json = File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            result.AddError($"--registries {file}: the file cannot be read.");
            return null;
        }

        if (RegistrySettings.TryRead(json, out var settings, out var problems))
        {
            return settings;
        }

        foreach (var problem in problems)
        {
            result.AddError($"--registries {file}: {problem}.");
        }

        return null;
    }
}
