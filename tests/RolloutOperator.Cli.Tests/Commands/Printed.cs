using RolloutOperator.Cli.Commands;

namespace RolloutOperator.Cli.Tests.Commands;

/// <summary>What a command printed, and how it ended.</summary>
internal sealed record Printed(int ExitCode, string Output, string Error)
{
    /// <summary>Its lines.</summary>
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Runs a command.</summary>
    public static async Task<Printed> ByAsync(params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await CommandLine.RunAsync(args, output, error, TestContext.Current.CancellationToken);
        return new(code, output.ToString(), error.ToString());
    }
}
