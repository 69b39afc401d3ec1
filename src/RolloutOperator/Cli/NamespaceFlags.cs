using System.CommandLine;
using System.CommandLine.Parsing;
using RolloutOperator.Core.Templates;
using RolloutOperator.Hosting;

namespace RolloutOperator.Cli;

/// <summary>The options that say which namespaces are watched.</summary>
internal static class NamespaceFlags
{
    private static readonly Option<string[]> Namespaces = new("--namespace", "-n")
    {
        Description = "A namespace to watch; may be repeated. Needs no cluster-wide right. Default: all namespaces.",
        HelpName = "name",
    };

    private static readonly Option<string?> Selector = new("--namespace-selector")
    {
        Description = "Watches the namespaces that this label selector matches, for as long as it matches. Default: all namespaces.",
        HelpName = "selector",
    };

    private static readonly Option<string[]> Excluded = new("--exclude-namespace")
    {
        Description = $"A namespace where nothing is enrolled, whatever {Names.Enabled} says; may be repeated. Default: none.",
        HelpName = "name",
    };

    static NamespaceFlags()
    {
        Namespaces.Validators.Add(ConnectionFlags.CheckNamespaces);
        Excluded.Validators.Add(ConnectionFlags.CheckNamespaces);
        Selector.Validators.Add(LabelSelectorText.Check);
        Selector.Validators.Add(result => Refuse(result, "one names the namespaces, the other finds them"));
        Excluded.Validators.Add(result => Refuse(result, "leave the namespace out of the list instead"));
    }

    public static IEnumerable<Option> All => [Namespaces, Selector, Excluded];

    public static NamespaceOptions Read(ParseResult parsed) => new()
    {
        Namespaces = Distinct(parsed.GetValue(Namespaces)),
        Excluded = Distinct(parsed.GetValue(Excluded)),
        Selector = parsed.GetValue(Selector),
    };

    private static void Refuse(OptionResult result, string reason)
    {
        if (result.GetResult(Namespaces) is { Implicit: false })
        {
            result.AddError($"{Namespaces.Name} and {result.Option.Name} exclude each other: {reason}.");
        }
    }

    private static string[] Distinct(string[]? names) => [.. (names ?? []).Distinct(StringComparer.Ordinal)];
}
