using Microsoft.Extensions.Configuration;
using RolloutOperator.Cli;

namespace RolloutOperator.Tests.Cli;

/// <summary>What the program says to a command line, without the operator: no test here gets as far as a cluster.</summary>
internal sealed record Ran(int ExitCode, string Output, string Errors)
{
    /// <summary>The errors, without the program's name before them and the advice after them.</summary>
    public string[] Said =>
        [.. Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith("See ", StringComparison.Ordinal)).Select(line => line.Replace("rollout-operator: ", "", StringComparison.Ordinal))];

    public static Task<Ran> Async(string line, params (string Variable, string Value)[] environment) => Async(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), environment);

    public static async Task<Ran> Async(string[] words, params (string Variable, string Value)[] environment)
    {
        using StringWriter output = new() { NewLine = "\n" }, errors = new() { NewLine = "\n" };
        var code = await CommandLine.RunAsync(words, Of(environment), new Invocation { Output = output, Error = errors }, TestContext.Current.CancellationToken);
        return new(code, output.ToString(), errors.ToString());
    }

    /// <summary>An environment with these variables, named without the prefix.</summary>
    public static IConfiguration Of(params (string Variable, string Value)[] environment) =>
        new ConfigurationBuilder().AddInMemoryCollection(environment.Select(each => KeyValuePair.Create(each.Variable, (string?)each.Value))).Build();
}
