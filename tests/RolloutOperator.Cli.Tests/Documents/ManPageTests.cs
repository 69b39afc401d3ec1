using System.CommandLine;
using System.Diagnostics;
using RolloutOperator.Cli.Commands;

namespace RolloutOperator.Cli.Tests.Documents;

/// <summary>docs/man has a page for each command, from the program's own definitions.</summary>
public class ManPageTests
{
    private const string Folder = "docs/man";

    [Fact]
    public void The_manual_pages_are_what_the_program_defines()
    {
        var root = CommandLine.Build();
        Command[] commands = [.. root.Subcommands.Where(command => !command.Hidden).OrderBy(command => command.Name, StringComparer.Ordinal)];
        GeneratedPart.IsWritten(PathOf(null), ManPage.Of(root, commands));
        foreach (var command in commands)
        {
            GeneratedPart.IsWritten(PathOf(command), ManPage.Of(command));
        }

        Assert.Equal(
            commands.Select(PathOf).Prepend(PathOf(null)).Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(Repository.PathOf(Folder), "*.1").Select(file => $"{Folder}/{Path.GetFileName(file)}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_formatter_has_nothing_to_say_about_the_manual_pages()
    {
        var groff = new[] { "/usr/bin/groff", "/usr/local/bin/groff", "/opt/homebrew/bin/groff" }.FirstOrDefault(File.Exists);
        Assert.SkipWhen(groff is null, "there is no groff on this machine");
        foreach (var page in Directory.EnumerateFiles(Repository.PathOf(Folder), "*.1"))
        {
            using var process = Process.Start(new ProcessStartInfo(groff, ["-man", "-ww", "-Tutf8", "-z", page]) { RedirectStandardError = true })!;
            Assert.Equal("", await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, process.ExitCode);
        }
    }

    private static string PathOf(Command? command) => $"{Folder}/{ManPage.NameOf(command)}.1";
}
