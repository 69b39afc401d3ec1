using System.CommandLine.Parsing;
using System.Text.RegularExpressions;

namespace RolloutOperator.Cli;

/// <summary>Label selectors as people write them. A mistake is found here rather than by a watch that fails for ever.</summary>
internal static partial class LabelSelectorText
{
    private const string Name = "[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?";
    private const string Key = "([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?" + Name;
    private const string Value = "(" + Name + ")?";
    private const string Values = @"\(\s*" + Value + @"(\s*,\s*" + Value + @")*\s*\)";
    private const string Requirement =
        "(" + @"!\s*" + Key + "|" + Key + "|" + Key + @"\s*(=|==|!=)\s*" + Value + "|" + Key + @"\s+(in|notin)\s*" + Values + ")";

    public static void Check(OptionResult result)
    {
        foreach (var token in result.Tokens.Where(t => !Syntax().IsMatch(t.Value)))
        {
            result.AddError($"{result.Option.Name} \"{token.Value}\": write a label selector such as app=shop, tier!=test or \"tier in (web,api),!legacy\".");
        }
    }

    [GeneratedRegex(@"^\s*" + Requirement + @"(\s*,\s*" + Requirement + @")*\s*\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: Timeout.Infinite)]
    private static partial Regex Syntax();
}
