namespace RolloutOperator.Kubernetes.Credentials;

/// <summary>
/// Finds a command on PATH and nowhere else. Left to itself, the runtime would look beside the program and in the
/// working directory first, where anyone may have put something of that name.
/// </summary>
internal static class CommandPath
{
    public static string? Resolve(string command)
    {
        if (command.Contains('/', StringComparison.Ordinal) || Path.IsPathRooted(command))
        {
            return File.Exists(command) ? command : null;
        }

        string[] endings = OperatingSystem.IsWindows() ? ["", .. (Environment.GetEnvironmentVariable("PATHEXT") ?? ".EXE;.CMD;.BAT").Split(';')] : [""];
        foreach (string directory in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            foreach (string ending in endings)
            {
                string candidate = Path.Combine(directory, command + ending);
                if (Path.IsPathRooted(candidate) && File.Exists(candidate))
                {
                    return candidate;
                }
            }
        }

        return null;
    }
}
