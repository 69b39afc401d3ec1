using System.ComponentModel;
using System.Diagnostics;
using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Page;

/// <summary>Opens the page in the browser through a file, since everybody on the machine can read arguments of processes, and thus the token.</summary>
internal sealed class PageLink : IDisposable
{
    private readonly string _folder;

    private PageLink(string folder) => _folder = folder;

    /// <exception cref="CommandException">There is no browser.</exception>
    public static PageLink Open(string address)
    {
        // Of the caller only, as mkdtemp makes it.
        var link = new PageLink(Directory.CreateTempSubdirectory("rollout-operator-").FullName);
        var file = Path.Combine(link._folder, "page.html");
        try
        {
            File.WriteAllText(file, $"""<!doctype html><meta charset="utf-8"><title>Rollout Operator</title><meta http-equiv="refresh" content="0; url={address}"><a href="{address}">Rollout Operator</a>""");
            using var browser = Process.Start(OperatingSystem.IsWindows() ? new ProcessStartInfo(file) { UseShellExecute = true }
                : new ProcessStartInfo(OperatingSystem.IsMacOS() ? "open" : "xdg-open", [file]));
            return link;
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            link.Dispose();
            throw new CommandException($"--open: no browser could be started: {e.Message}; leave the option out, and open the address yourself", e);
        }
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // It is of no use once the command has ended.
        }
    }
}
