using System.CommandLine;
using System.CommandLine.Parsing;
using RolloutOperator.Hosting;
using RolloutOperator.Registry;
using RolloutOperator.Serving;
using static RolloutOperator.Cli.OptionTypes;

namespace RolloutOperator.Cli;

/// <summary>How tags of images are followed.</summary>
internal static class ImageFlags
{
    // Whoever guesses the secret can only trigger extra checks.
    private const int ShortestSecret = 16;

    private static readonly Option<TimeSpan?> ImagePollInterval = Duration(
        "--image-poll-interval",
        "How often each tag is checked in its registry, such as 30s or 5m, at least 1s. Default: 5m.",
        "30s or 5m, at least 1s and at most a day",
        TimeSpan.FromSeconds(1));

    private static readonly Option<RegistrySettings?> Registries = File(
        "--registries",
        "A JSON file with settings of registries, and which of them may be contacted. Default: those with public addresses, over https.",
        ReadRegistries);

    private static readonly Option<ListenAddress?> NotificationsListen = Address(
        "--push-notifications-listen",
        "The address for push notifications from registries (POST /push-notifications), which trigger an immediate check. Default: none.",
        "with a port, such as 127.0.0.1:8081, [::1]:8081 or :8081",
        anyPort: false);

    private static readonly Option<string?> NotificationsSecret = File(
        "--push-notifications-secret-file",
        $"A file with the secret that push notifications must carry, at least {ShortestSecret} characters. Required with --push-notifications-listen.",
        ReadSecret);

    public static OptionGroup Group { get; } = new(
        "Sources and images", [.. SourceFlags.All, ImagePollInterval, Registries, NotificationsListen, NotificationsSecret]);

    public static TimeSpan ReadPollInterval(CommandResult result) => result.GetValue(ImagePollInterval) ?? TimeSpan.FromMinutes(5);

    public static RegistrySettings ReadRegistries(CommandResult result) => result.GetValue(Registries) ?? RegistrySettings.Default;

    public static PushNotificationOptions ReadPushNotifications(CommandResult result) =>
        new() { Listen = result.GetValue(NotificationsListen), Secret = result.GetValue(NotificationsSecret) };

    private static RegistrySettings? ReadRegistries(string file, Action<string> addProblem)
    {
        if (RegistrySettings.TryRead(System.IO.File.ReadAllBytes(file), out var settings, out var problems))
        {
            return settings;
        }

        problems.ToList().ForEach(addProblem);
        return null;
    }

    private static string? ReadSecret(string file, Action<string> addProblem)
    {
        var secret = System.IO.File.ReadAllText(file).Trim();
        if (secret.Length >= ShortestSecret && !secret.Contains('/', StringComparison.Ordinal) && secret.All(c => c is > ' ' and < '\u007f'))
        {
            return secret;
        }

        addProblem($"write at least {ShortestSecret} visible ASCII characters into it, without \"/\"");
        return null;
    }
}
