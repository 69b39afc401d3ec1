using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Microsoft.Extensions.Configuration;

namespace RolloutOperator.Cli;

/// <summary>The commands of the program.</summary>
internal static class CommandLine
{
    // A word that begins with @ is a word.
    private static readonly ParserConfiguration Words = new() { ResponseFileTokenReplacer = null };

    public static RootCommand Build()
    {
        var root = new RootCommand("Rolls workloads when the configuration that their pods read has changed.")
        {
            RunCommand.Build(), KeyCommand.Build(), ProbeCommand.Build(), VersionCommand.Build(), HelpCommand.Build(),
        };
        root.Options.OfType<HelpOption>().Single().Action = new HelpText();
        root.Options.OfType<VersionOption>().Single().Description = "Shows the version and the commit.";
        return root;
    }

    public static Task<int> RunAsync(string[] args, CancellationToken cancellationToken) =>
        RunAsync(args, new ConfigurationBuilder().AddEnvironmentVariables(ConfiguredValue.Prefix).Build(), new(), cancellationToken);

    /// <param name="args">The command line.</param>
    /// <param name="environment">The environment variables, without their prefix.</param>
    /// <param name="invocation">Where the command writes.</param>
    /// <param name="cancellationToken">Stops the command.</param>
    public static async Task<int> RunAsync(string[] args, IConfiguration environment, Invocation invocation, CancellationToken cancellationToken)
    {
        var (parsed, configured, errors) = Parse(args, environment);
        invocation.Configured = configured;
        if (parsed.CommandResult.Command is { Subcommands.Count: > 0 } above && parsed.Tokens.All(token => token.Type == TokenType.Command))
        {
            new HelpText().Write(above, invocation.Output);
            return (int)ExitCode.Success;
        }

        if (errors.Count == 0)
        {
            return await parsed.InvokeAsync(invocation, cancellationToken);
        }

        foreach (var error in errors)
        {
            await invocation.WriteErrorAsync(error);
        }

        await invocation.Error.WriteLineAsync($"See {HelpText.NameOf(parsed.CommandResult.Command)} --help.");
        return (int)ExitCode.Usage;
    }

    /// <summary>The command line with the values that the environment and the configuration file add to it, and what is wrong with any of them.</summary>
    public static (ParseResult Parsed, IReadOnlyList<ConfiguredValue> Configured, IReadOnlyList<string> Errors) Parse(string[] args, IConfiguration environment)
    {
        var root = Build();
        var parsed = root.Parse(args, Words);
        if (parsed.Action is HelpText)
        {
            return (parsed, [], []);
        }

        List<string> errors = [];
        var configured = ConfiguredValue.Read(parsed, environment, errors);
        if (configured.Count > 0)
        {
            var afterCommand = Array.IndexOf(args, parsed.CommandResult.Command.Name) + 1;
            parsed = root.Parse([.. args[..afterCommand], .. configured.SelectMany(value => value.ToArguments()), .. args[afterCommand..]], Words);
        }

        return (parsed, configured, [.. errors, .. UsageErrors.Of(parsed)]);
    }

    /// <summary>Writes an error as <see cref="Invocation.WriteErrorAsync"/> does.</summary>
    public static Task WriteErrorAsync(this ParseResult parsed, string message) => parsed.InvocationConfiguration is Invocation invocation
        ? invocation.WriteErrorAsync(message)
        : parsed.InvocationConfiguration.Error.WriteLineAsync("rollout-operator: " + message);
}
