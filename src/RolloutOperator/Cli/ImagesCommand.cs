using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace RolloutOperator.Cli;

/// <summary><c>rollout-operator images</c>: what a running operator knows of the tags that it looks at.</summary>
internal static class ImagesCommand
{
    private const string Usual = "http://localhost:8080/images";

    private static readonly string[] Heads = ["IMAGE", "DIGEST", "LOOKED AT", "NEXT LOOK", "WORKLOADS", "PROBLEM"];

    public static Command Build()
    {
        var url = new Argument<Uri?>("url")
        {
            Description = $"Where the operator serves it, to its own pod alone. Default: {Usual}.",
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = result => OwnEndpoint.Parse(result, "images", Usual),
        };
        var json = new Option<bool>("--json") { Description = "Prints the answer as it is, JSON." };
        var command = new Command("images", "Shows the images that are followed: the digest that counts, when it was looked at, and what is wrong.") { url, json };
        command.SetAction(async (parsed, cancellationToken) =>
            (int)await ShowAsync(parsed.GetValue(url) ?? new(Usual), parsed.GetValue(json), parsed.InvocationConfiguration, cancellationToken));
        return command;
    }

    private static async Task<ExitCode> ShowAsync(Uri url, bool json, InvocationConfiguration console, CancellationToken cancellationToken)
    {
        using var client = OwnEndpoint.Client();
        var (well, said) = await OwnEndpoint.AskAsync(client, url, cancellationToken);
        if (!well)
        {
            await console.Error.WriteLineAsync($"rollout-operator: {url}: {said}");
            return ExitCode.Failure;
        }

        try
        {
            await console.Output.WriteLineAsync(json ? said : Text(said));
            return ExitCode.Success;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            await console.Error.WriteLineAsync($"rollout-operator: {url}: that is not what an operator says of images.");
            return ExitCode.Failure;
        }
    }

    private static string Text(string said)
    {
        using var report = JsonDocument.Parse(said);
        if (!report.RootElement.GetProperty("leads").GetBoolean())
        {
            return "This replica does not look at images: it does not lead, or images are off. Ask the one that holds the Lease.";
        }

        string[][] rows = [Heads, .. report.RootElement.GetProperty("images").EnumerateArray().Select(Row)];
        var widths = Heads.Select((_, column) => rows.Max(row => row[column].Length)).ToArray();
        return string.Join('\n', rows.Select(row => string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd()));
    }

    private static string[] Row(JsonElement image) =>
    [
        image.GetProperty("image").GetString()!,
        image.GetProperty("digest").GetString() ?? "-",
        Time(image.GetProperty("lookedAt")),
        Time(image.GetProperty("dueAt")),
        image.GetProperty("workloads").GetInt32().ToString(CultureInfo.InvariantCulture),
        image.GetProperty("problem").GetString() ?? "-",
    ];

    private static string Time(JsonElement time) => time.ValueKind == JsonValueKind.Null
        ? "-"
        : time.GetDateTimeOffset().ToString("yyyy-MM-ddTHH:mm:ssK", CultureInfo.InvariantCulture).Replace("+00:00", "Z", StringComparison.Ordinal);
}
