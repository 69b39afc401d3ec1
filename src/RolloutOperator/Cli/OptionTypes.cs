using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using RolloutOperator.Serving;

namespace RolloutOperator.Cli;

/// <summary>The types of option values: how each is read, and what is said about one that cannot be read.</summary>
internal static partial class OptionTypes
{
    private const string LabelName = "[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?";
    private const string Key = "([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?" + LabelName;
    private const string Value = "(" + LabelName + ")?";
    private const string Values = @"\(\s*" + Value + @"(\s*,\s*" + Value + @")*\s*\)";
    private const string Requirement =
        "(" + @"!\s*" + Key + "|" + Key + "|" + Key + @"\s*(=|==|!=)\s*" + Value + "|" + Key + @"\s+(in|notin)\s*" + Values + ")";

    private static OptionLimit NamespaceLimit => new("that is no name of a namespace.") { Pattern = Namespace().ToString() };

    public static Option<string?> Text(string name, string helpName, string description) => new(name) { Description = description, HelpName = helpName };

    public static Option<string?> Choice(string name, string helpName, string description, params string[] values)
    {
        var option = new LimitedOption<string?>(name, new($"write {string.Join(", ", values[..^1])} or {values[^1]}.") { Values = values })
        {
            Description = description,
            HelpName = helpName,
        };
        option.CompletionSources.Add(values);
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => !values.Contains(token.Value)))
            {
                result.AddError($"{name} {token.Value}: {option.Limit.Expected}");
            }
        });
        return option;
    }

    /// <summary>An option that is false unless it is given.</summary>
    public static Option<Toggle> Flag(string name, string description) => OfToggle(name, description);

    /// <summary>An option that is given with a value, and true if it is not given.</summary>
    public static Option<Toggle> Switch(string name, string description)
    {
        var option = OfToggle(name, description);
        (option.HelpName, option.DefaultValueFactory) = ("true|false", _ => Toggle.On);
        return option;
    }

    /// <param name="name">The option.</param>
    /// <param name="description">For the help.</param>
    /// <param name="expected">What is said of a value that is none: examples and limits.</param>
    /// <param name="shortest">The shortest that is allowed.</param>
    public static Option<TimeSpan?> Duration(string name, string description, string expected, TimeSpan shortest = default) =>
        Parsed<TimeSpan?>(name, "duration", description, new($"write a duration such as {expected}.") { Duration = (shortest, Core.Templates.Duration.Longest) }, text =>
            Core.Templates.Duration.TryParse(text, out var duration) && duration >= shortest ? duration : null);

    public static Option<ListenAddress?> Address(string name, string description, string expected, bool anyPort) =>
        Parsed(name, "host:port", description, new($"write an address {expected}."), text =>
            ListenAddress.TryParse(text) is { } address && (anyPort || address.Port != 0) ? address : null);

    /// <summary>A mistake in a selector is found here rather than by a watch that fails for ever.</summary>
    public static Option<string?> Selector(string name, string description)
    {
        var limit = new OptionLimit("write a label selector such as app=shop, tier!=test or \"tier in (web,api),!legacy\".") { Pattern = Selector().ToString() };
        var option = new LimitedOption<string?>(name, limit) { Description = description, HelpName = "selector" };
        option.Validators.Add(result => CheckEach(result, Selector().IsMatch, limit.Expected));
        return option;
    }

    public static Option<string[]> Namespaces(string name, string description, params string[] aliases) =>
        Namespaces(new LimitedOption<string[]>(name, NamespaceLimit, aliases) { Description = description, HelpName = "name" });

    /// <summary>Makes each value a name of a namespace: a DNS label, RFC 1123.</summary>
    public static T Namespaces<T>(T option)
        where T : Option
    {
        option.Validators.Add(result => CheckEach(result, Namespace().IsMatch, NamespaceLimit.Expected));
        return option;
    }

    /// <summary>Reads a file that an option names.</summary>
    public static Option<T?> File<T>(string name, string description, Func<string, Action<string>, T?> read)
        where T : class => new(name)
        {
            Description = description,
            HelpName = "file",
            CustomParser = result =>
            {
                var file = result.Tokens[0].Value;
                try
                {
                    return read(file, problem => result.AddError($"{name} {file}: {problem}."));
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
                {
                    result.AddError($"{name} {file}: the file cannot be read.");
                    return null;
                }
            },
        };

    public static Option<T?> Parsed<T>(string name, string helpName, string description, OptionLimit limit, Func<string, T?> parse) => new LimitedOption<T?>(name, limit)
    {
        Description = description,
        HelpName = helpName,
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = result =>
        {
            var value = parse(result.Tokens[0].Value);
            if (value is null)
            {
                result.AddError($"{name} {result.Tokens[0].Value}: {limit.Expected}");
            }

            return value;
        },
    };

    private static LimitedOption<Toggle> OfToggle(string name, string description)
    {
        var limit = new OptionLimit("write true or false.");
        return new(name, limit)
        {
            Description = description,
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = result =>
            {
                var isOn = true;
                if (result.Tokens is [{ Value: var text }] && !bool.TryParse(text, out isOn))
                {
                    result.AddError($"{name} {text}: {limit.Expected}");
                }

                return isOn ? Toggle.On : Toggle.Off;
            },
        };
    }

    private static void CheckEach(OptionResult result, Func<string, bool> isRight, string remedy)
    {
        foreach (var token in result.Tokens.Where(token => !isRight(token.Value)))
        {
            result.AddError($"{result.Option.Name} \"{token.Value}\": {remedy}");
        }
    }

    [GeneratedRegex(@"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: Timeout.Infinite)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^\s*" + Requirement + @"(\s*,\s*" + Requirement + @")*\s*\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: Timeout.Infinite)]
    private static partial Regex Selector();
}
