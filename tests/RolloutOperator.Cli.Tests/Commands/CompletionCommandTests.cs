using System.Diagnostics;

namespace RolloutOperator.Cli.Tests.Commands;

public class CompletionCommandTests
{
    [Theory]
    [InlineData("kubectl-rollout_operator st", "status")]
    [InlineData("kubectl-rollout_operator status --all", "--all-namespaces")]
    [InlineData("kubectl-rollout_operator status -o j", "json")]
    [InlineData("kubectl-rollout_operator completion z", "zsh")]
    [InlineData("kubectl-rollout_operator help gr", "graph")]
    public async Task The_program_says_what_may_follow(string typed, string expected)
    {
        var printed = await Printed.ByAsync($"[suggest:{typed.Length}]", typed);
        Assert.Equal(expected, printed.Lines[0]);
        Assert.Equal((0, ""), (printed.ExitCode, printed.Error));
    }

    [Fact]
    public async Task Every_command_is_suggested()
    {
        const string Typed = "kubectl-rollout_operator ";
        var printed = await Printed.ByAsync($"[suggest:{Typed.Length}]", Typed);
        string[] commands = ["explain", "plan", "status", "graph", "history", "pause", "resume", "doctor", "version", "completion", "help"];
        Assert.All(commands, command => Assert.Contains(command, printed.Lines));
    }

    [Theory]
    [InlineData("bash", "complete -F _kubectl_rollout_operator kubectl-rollout_operator")]
    [InlineData("zsh", "#compdef kubectl-rollout_operator")]
    [InlineData("fish", "complete -c kubectl-rollout_operator")]
    [InlineData("pwsh", "Register-ArgumentCompleter -Native -CommandName kubectl-rollout_operator")]
    [InlineData("kubectl", "#!/bin/sh")]
    public async Task Each_shell_has_a_script_that_asks_the_program(string shell, string expected)
    {
        var printed = await Printed.ByAsync("completion", shell);
        Assert.Contains(expected, printed.Output, StringComparison.Ordinal);
        Assert.Contains("kubectl-rollout_operator \"[suggest:", printed.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', printed.Output);
    }

    [Fact]
    public async Task A_shell_that_is_not_known_is_refused()
    {
        var printed = await Printed.ByAsync("completion", "tcsh");
        Assert.Equal(1, printed.ExitCode);
        Assert.Contains("tcsh", printed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_script_for_bash_completes()
    {
        var script = (await Printed.ByAsync("completion", "bash")).Output;
        var completed = await ShellAsync("bash", script + """

            COMP_LINE="kubectl-rollout_operator his" COMP_POINT=28
            _kubectl_rollout_operator kubectl-rollout_operator his kubectl-rollout_operator
            printf '%s\n' "${COMPREPLY[@]}"
            """);
        Assert.Equal("history\n", completed);
    }

    [Theory]
    [InlineData("graph\n:4\n", "gra")]
    [InlineData("json\n:4\n", "status", "-o", "js")]
    public async Task The_program_for_kubectl_completes(string expected, params string[] words)
    {
        var script = (await Printed.ByAsync("completion", "kubectl")).Output;
        Assert.Equal(expected, await ShellAsync("sh", script, words));
    }

    // With the program that was built beside the tests on the PATH.
    private static async Task<string> ShellAsync(string shell, string script, params string[] words)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no such shell");
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        var start = new ProcessStartInfo(shell, ["-c", script, shell, .. words]) { RedirectStandardOutput = true };
        start.Environment["PATH"] = Path.Combine(folder.Parent!.Parent!.FullName, "RolloutOperator.Cli", folder.Name) + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH");
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return output;
    }
}
