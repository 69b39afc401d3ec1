using System.CommandLine;
using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Manifests;

/// <summary>The options that name files, as kubectl has them.</summary>
internal static class ManifestOptions
{
    public static Option<string[]> Files { get; } = new("--filename", "-f")
    {
        Description = "A file or folder with YAML or JSON, or - for the standard input. May be repeated.",
        HelpName = "path",
    };

    public static Option<bool> Recursive { get; } = new("--recursive", "-R") { Description = "Look in the folders of folders too." };

    public static IEnumerable<Option> All => [Files, Recursive];

    /// <summary>Reads what they name.</summary>
    /// <exception cref="CommandException">Something cannot be read.</exception>
    public static Task<IReadOnlyList<Manifest>> ReadAsync(ParseResult parsed, string @namespace, CancellationToken cancellationToken) =>
        new ManifestReader(Console.In, @namespace).ReadAsync(parsed.GetValue(Files) ?? [], parsed.GetValue(Recursive), cancellationToken);
}
