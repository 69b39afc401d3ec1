using System.CommandLine;

namespace RolloutOperator.Cli.Commands;

/// <summary><c>completion</c>: scripts by which shells complete what is typed. The words come from the program itself (System.CommandLine's directive <c>[suggest]</c>).</summary>
internal static class CompletionCommand
{
    // kubectl runs kubectl_complete-PLUGIN with the words behind the plugin's name, and reads a word a line and then a
    // directive of cobra; 4 means that no files are meant.
    private const string ForKubectl = """
        #!/bin/sh
        # Completes `kubectl rollout-operator`. kubectl looks for this file on the PATH.
        line="kubectl-rollout_operator $*"
        kubectl-rollout_operator "[suggest:${#line}]" "$line" 2>/dev/null
        echo ":4"
        """;

    private const string Bash = """
        # Completes kubectl-rollout_operator in bash.
        _kubectl_rollout_operator() {
            local line="${COMP_LINE:0:COMP_POINT}" IFS=$'\n'
            COMPREPLY=($(compgen -W "$(kubectl-rollout_operator "[suggest:${#line}]" "$line" 2>/dev/null)" -- "$2"))
        }
        complete -F _kubectl_rollout_operator kubectl-rollout_operator
        """;

    private const string Zsh = """
        #compdef kubectl-rollout_operator
        # Completes kubectl-rollout_operator in zsh.
        _kubectl_rollout_operator() {
            local line="${(j: :)words[1,CURRENT]}"
            local -a found=("${(@f)$(kubectl-rollout_operator "[suggest:${#line}]" "$line" 2>/dev/null)}")
            compadd -- $found
        }
        compdef _kubectl_rollout_operator kubectl-rollout_operator
        """;

    private const string Fish = """
        # Completes kubectl-rollout_operator in fish.
        function __kubectl_rollout_operator
            set -l line (commandline -cp)
            kubectl-rollout_operator "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c kubectl-rollout_operator -f -a '(__kubectl_rollout_operator)'
        """;

    private const string PowerShell = """
        # Completes kubectl-rollout_operator in PowerShell.
        Register-ArgumentCompleter -Native -CommandName kubectl-rollout_operator -ScriptBlock {
            param($wordToComplete, $commandAst, $cursorPosition)
            $line = $commandAst.ToString().PadRight($cursorPosition)
            kubectl-rollout_operator "[suggest:$cursorPosition]" $line 2>$null | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
            }
        }
        """;

    public static Command Build()
    {
        var command = new Command("completion", """
            Prints a script by which a shell completes kubectl-rollout_operator.

            kubectl completes `kubectl rollout-operator` with a program of its own, which the command kubectl prints.

            Examples:
              source <(kubectl rollout-operator completion bash)
              kubectl rollout-operator completion zsh > "${fpath[1]}/_kubectl-rollout_operator"
              kubectl rollout-operator completion fish > ~/.config/fish/completions/kubectl-rollout_operator.fish
              kubectl rollout-operator completion pwsh | Out-String | Invoke-Expression
              kubectl rollout-operator completion kubectl > ~/.local/bin/kubectl_complete-rollout_operator
              chmod +x ~/.local/bin/kubectl_complete-rollout_operator
            """);
        foreach (var (name, what, script) in Scripts)
        {
            command.Subcommands.Add(new Command(name, what).With([], (_, output, _) => output.WriteLineAsync(script.ReplaceLineEndings("\n"))));
        }

        return command;
    }

    private static (string Name, string What, string Script)[] Scripts =>
    [
        ("bash", "Prints the script for bash.", Bash),
        ("zsh", "Prints the script for zsh.", Zsh),
        ("fish", "Prints the script for fish.", Fish),
        ("pwsh", "Prints the script for PowerShell.", PowerShell),
        ("kubectl", "Prints the program kubectl_complete-rollout_operator, for kubectl 1.26 and later. Make it executable, in a folder on the PATH.", ForKubectl),
    ];
}
