namespace RolloutOperator.Cli.Output;

/// <summary>Colours for words that people look for, on a terminal only.</summary>
/// <param name="isOn">Whether anything is coloured.</param>
internal sealed class Palette(bool isOn)
{
    // ANSI X3.64, "Select Graphic Rendition".
    private const string Red = "\e[31m";
    private const string Yellow = "\e[33m";
    private const string Green = "\e[32m";
    private const string Reset = "\e[0m";

    /// <summary>The colours for this output: none when it is no terminal, or when the user wants none (no-color.org).</summary>
    public static Palette Of(TextWriter output) => new(
        ReferenceEquals(output, Console.Out) && IsWanted(!Console.IsOutputRedirected, Environment.GetEnvironmentVariable));

    /// <summary>Whether colours are wanted there.</summary>
    /// <param name="isTerminal">Whether the output is a terminal.</param>
    /// <param name="variable">Looks up an environment variable.</param>
    public static bool IsWanted(bool isTerminal, Func<string, string?> variable) =>
        isTerminal && string.IsNullOrEmpty(variable("NO_COLOR")) && variable("TERM") != "dumb"

        // The old console of Windows prints the codes.
        && (!OperatingSystem.IsWindows() || variable("WT_SESSION") is not null);

    /// <summary>The text in the colour of a word; other words have none.</summary>
    /// <param name="word">A state of a workload, or the result of a check.</param>
    /// <param name="text">The text to colour: the word, and the spaces around it.</param>
    public string Paint(string word, string text) => isOn && ColourOf(word) is { } colour ? colour + text + Reset : text;

    /// <summary>The word in its colour.</summary>
    public string Paint(string word) => Paint(word, word);

    private static string? ColourOf(string word) => word switch
    {
        nameof(WorkloadState.Failed) or nameof(WorkloadState.Contended) or nameof(WorkloadState.Blocked) or nameof(CheckResult.Fail) => Red,
        nameof(WorkloadState.Held) or nameof(WorkloadState.Stale) or nameof(WorkloadState.Unknown) or nameof(CheckResult.Warn) => Yellow,
        nameof(WorkloadState.UpToDate) or nameof(CheckResult.Ok) => Green,
        _ => null,
    };
}
