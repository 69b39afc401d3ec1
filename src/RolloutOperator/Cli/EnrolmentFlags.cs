using System.CommandLine;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli;

/// <summary>The options that say which workloads are enrolled, and what their annotations may name.</summary>
internal static class EnrolmentFlags
{
    private static readonly Option<string?> Selector = new("--workload-selector")
    {
        Description = $"Enrols the workloads that this label selector matches, instead of those with the label {Names.Enabled}=true.",
        HelpName = "selector",
    };

    private static readonly Option<bool> Auto = new("--auto")
    {
        Description = $"Enrols every workload of the watched namespaces that does not have the label {Names.Enabled}=false.",
    };

    private static readonly Option<bool> CrossNamespace = new("--allow-cross-namespace")
    {
        Description = $"Allows {Names.Include} and {Names.Exclude} to name sources in other namespaces, such as configmap/shop/a.",
    };

    static EnrolmentFlags()
    {
        Selector.Validators.Add(LabelSelectorText.Check);
        Selector.Validators.Add(result =>
        {
            if (result.GetResult(Auto) is { Implicit: false })
            {
                result.AddError($"{Auto.Name} and {Selector.Name} exclude each other: one enrols everything, the other what it finds.");
            }
        });
    }

    public static IEnumerable<Option> All => [Selector, Auto, CrossNamespace];

    public static ReadingRules Read(ParseResult parsed) => new(
        parsed.GetValue(Auto) ? Enrolment.Automatic
        : parsed.GetValue(Selector) is { } selector ? Enrolment.BySelector(selector)
        : Enrolment.ByLabel)
    {
        CrossNamespace = parsed.GetValue(CrossNamespace),
    };
}
