using System.CommandLine;
using System.CommandLine.Parsing;
using Microsoft.Extensions.Configuration;

namespace RolloutOperator.Cli;

/// <summary>The value of an option that the command line does not have.</summary>
/// <param name="Option">The option.</param>
/// <param name="Origin">Where the value is from, in words.</param>
/// <param name="Values">One value, or several if the option may be repeated.</param>
internal sealed record ConfiguredValue(Option Option, string Origin, IReadOnlyList<string> Values)
{
    /// <summary>What the names of environment variables begin with.</summary>
    public const string Prefix = "ROLLOUT_OPERATOR_";

    private bool IsEmpty => Values.All(value => value.Length == 0);

    /// <summary>The environment variable of an option.</summary>
    public static string VariableOf(Option option) => Prefix + NameOf(option);

    /// <param name="option">The option.</param>
    /// <param name="origin">Where the value is from.</param>
    /// <param name="values">The value; a list of it has commas, or is several.</param>
    public static ConfiguredValue Of(Option option, string origin, IReadOnlyList<string> values) => new(
        option,
        origin,
        option.Arity.MaximumNumberOfValues > 1
            ? [.. values.SelectMany(value => value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))]
            : [string.Join(',', values)]);

    /// <summary>
    /// The values for the options that the command line leaves open: from the environment, else from the configuration file, if one is
    /// named. An empty value is none.
    /// </summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="environment">The environment variables, without their prefix.</param>
    /// <param name="errors">Gets what is wrong with the file.</param>
    public static IReadOnlyList<ConfiguredValue> Read(ParseResult parsed, IConfiguration environment, ICollection<string> errors)
    {
        Option[] open = [.. parsed.CommandResult.Command.Options.Where(RunFlags.All.Contains).Where(option => parsed.GetResult(option) is null or { Implicit: true })];
        ConfiguredValue[] ofEnvironment = [.. open.Select(OfEnvironment).OfType<ConfiguredValue>().Where(value => !value.IsEmpty)];
        var named = parsed.GetResult(ConfigurationFile.Option) is { Implicit: false } given ? given.Tokens.Select(token => token.Value).FirstOrDefault()
            : ofEnvironment.FirstOrDefault(value => value.Option == ConfigurationFile.Option)?.Values[0];
        if (named is null || ConfigurationFile.Read(named, [.. RunFlags.All.Where(option => option != ConfigurationFile.Option)], errors) is not { } file)
        {
            return ofEnvironment;
        }

        var left = open.Except(ofEnvironment.Select(value => value.Option)).Where(option => option != ConfigurationFile.Option);
        return [.. ofEnvironment, .. left.Select(file.For).OfType<ConfiguredValue>().Where(value => !value.IsEmpty)];

        ConfiguredValue? OfEnvironment(Option option) => environment[NameOf(option)] is { } value ? Of(option, "$" + VariableOf(option), [value]) : null;
    }

    /// <summary>The value as it would be on the command line.</summary>
    public IEnumerable<string> ToArguments() => Values.Select(value => $"{Option.Name}={value}");

    private static string NameOf(Option option) => option.Name.TrimStart('-').Replace('-', '_').ToUpperInvariant();
}
