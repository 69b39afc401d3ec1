using System.CommandLine;
using System.CommandLine.Parsing;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli;

/// <summary>The options that say which kinds of workloads can be enrolled.</summary>
internal static class KindFlags
{
    private static readonly Option<WorkloadKinds?> Kinds = new("--workload-kind")
    {
        Description = "An additional kind with a pod template, such as example.com/v1/widgets/Widget:spec.podTemplate; "
            + "without a path, the template is at spec.template. May be repeated. Default: Deployment, StatefulSet and DaemonSet, which are always included.",
        HelpName = "group/version/resource/kind[:path]",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        CustomParser = Parse,
    };

    public static IEnumerable<Option> All => [Kinds];

    public static WorkloadKinds Read(ParseResult parsed) => parsed.GetValue(Kinds) ?? WorkloadKinds.BuiltIn;

    private static WorkloadKinds Parse(ArgumentResult result)
    {
        var kinds = WorkloadKinds.BuiltIn;
        foreach (var token in result.Tokens)
        {
            if (!WorkloadKind.TryParse(token.Value, out var kind))
            {
                result.AddError($"--workload-kind {token.Value}: write GROUP/VERSION/RESOURCE/KIND, such as example.com/v1/widgets/Widget, "
                    + "and where the pod template is, such as :spec.podTemplate, unless that is spec.template.");
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
