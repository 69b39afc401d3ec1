using System.CommandLine;
using System.CommandLine.Parsing;
using RolloutOperator.Core.Templates;
using RolloutOperator.Watching;
using static RolloutOperator.Cli.OptionTypes;

namespace RolloutOperator.Cli;

/// <summary>Which namespaces are watched, and which workloads are enrolled there.</summary>
internal static class ScopeFlags
{
    private static readonly Option<string[]> Watched = Namespaces(
        "--namespace", "A namespace to watch; may be repeated. Needs no cluster-wide right. Default: all namespaces.", "-n");

    private static readonly Option<string?> NamespaceSelector = Selector(
        "--namespace-selector", "Watches the namespaces that this label selector matches, for as long as it matches. Default: all namespaces.");

    private static readonly Option<string[]> Excluded = Namespaces(
        "--exclude-namespace", $"A namespace where nothing is enrolled, whatever {Names.Enabled} says; may be repeated. Default: none.");

    private static readonly Option<WorkloadKinds?> Kinds = new("--workload-kind")
    {
        Description = "An additional kind with a pod template, such as example.com/v1/widgets/Widget:spec.podTemplate; "
            + "without a path, the template is at spec.template. May be repeated. Default: Deployment, StatefulSet and DaemonSet, which are always included.",
        HelpName = "group/version/resource/kind[:path]",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        CustomParser = ParseKinds,
    };

    private static readonly Option<string?> WorkloadSelector = Selector(
        "--workload-selector", $"Enrols the workloads that this label selector matches, instead of those with the label {Names.Enabled}=true.");

    private static readonly Option<Toggle> Auto = Flag(
        "--auto", $"Enrols every workload of the watched namespaces that does not have the label {Names.Enabled}=false.");

    private static readonly Option<Toggle> CrossNamespace = Flag(
        "--allow-cross-namespace", $"Allows {Names.Include} and {Names.Exclude} to name sources in other namespaces, such as configmap/shop/a.");

    public static OptionGroup Group { get; } = new(
        "What is watched and enrolled", Watched, NamespaceSelector, Excluded, Kinds, WorkloadSelector, Auto, CrossNamespace);

    public static WatchScope Read(CommandResult result)
    {
        var enrolment = IsAuto(result) ? Enrolment.Automatic : Selected(result) is { } selector ? Enrolment.BySelector(selector) : Enrolment.ByLabel;
        return new()
        {
            Namespaces = Distinct(result.GetValue(Watched)),
            Excluded = Distinct(result.GetValue(Excluded)),
            Selector = result.GetValue(NamespaceSelector),
            Kinds = result.GetValue(Kinds) ?? WorkloadKinds.BuiltIn,
            Reading = new(enrolment) { CrossNamespace = result.GetValue(CrossNamespace) == Toggle.On, Sources = [.. SourceFlags.Read(result)] },
        };
    }

    public static bool IsAuto(CommandResult result) => result.GetValue(Auto) == Toggle.On;

    public static string? Selected(CommandResult result) => result.GetValue(WorkloadSelector);

    private static string[] Distinct(string[]? names) => [.. (names ?? []).Distinct(StringComparer.Ordinal)];

    private static WorkloadKinds ParseKinds(ArgumentResult result)
    {
        var kinds = WorkloadKinds.BuiltIn;
        foreach (var token in result.Tokens)
        {
            if (!WorkloadKind.TryParse(token.Value, out var kind))
            {
                result.AddError($"--workload-kind {token.Value}: write GROUP/VERSION/RESOURCE/KIND, such as example.com/v1/widgets/Widget, "
                    + "and where the pod template is, such as :spec.podTemplate, unless that is spec.template.");
            }
            else if (kind.Unsuitable is { } reason)
            {
                result.AddError($"--workload-kind {token.Value}: {reason}.");
            }
            else if (kinds.TryAdd(kind, out var more))
            {
                kinds = more;
            }
            else
            {
                result.AddError($"--workload-kind {token.Value}: there is a kind {kind.Kind} or a resource {kind.Resource} already; each may be there once.");
            }
        }

        return kinds;
    }
}
