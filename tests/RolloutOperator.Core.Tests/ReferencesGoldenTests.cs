using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Tests;

public sealed class ReferencesGoldenTests
{
    public static TheoryData<string> Cases => TestData.Cases("references");

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_template_references_what_a_fresh_pod_reads(string name)
    {
        using var document = JsonDocument.Parse(TestData.Read("references", name, "workload.json"));
        var rules = ReadingRules.Default with { CrossNamespace = name.StartsWith("with-leave-", StringComparison.Ordinal) };
        var workload = WorkloadReader.Read(document.RootElement, WorkloadKind.Deployment, rules);
        TestData.Compare("references", name, "references.txt", Describe(workload));
    }

    private static string Describe(Workload workload)
    {
        var text = new StringBuilder();
        foreach (var use in workload.Sources)
        {
            if (use.Image is { } image)
            {
                text.Append(use.Source).Append(" | ").Append(image).Append('\n');
                continue;
            }

            text.Append(use.Source)
                .Append(" | ").Append(string.Join(" and ", Keys(use).DefaultIfEmpty("no keys")))
                .Append(" | ").Append(use.Required ? "required" : "optional")
                .Append(" | needs ").Append(List([.. use.RequiredKeys.Union(use.RequiredVariables).Order(Utf8Order.Instance)], "nothing")).Append('\n');
        }

        foreach (var unfollowed in workload.Unfollowed)
        {
            text.Append("not followed: ").Append(unfollowed.Source).Append(", since ").Append(unfollowed.Reason).Append('\n');
        }

        if (workload.Pull != PullSecrets.Default)
        {
            text.Append("credentials: ").Append(List(workload.Pull.Names, "no secret")).Append(", account ").Append(workload.Pull.Account).Append('\n');
        }

        foreach (var problem in workload.Settings.Problems)
        {
            text.Append("problem: ").Append(problem.Annotation).Append(" \"").Append(problem.Value).Append("\" is not ").Append(problem.Allowed).Append('\n');
        }

        return text.ToString();
    }

    private static IEnumerable<string> Keys(SourceUse use) =>
    [
        .. use.AllKeys ? ["all keys"] : use.Keys.IsEmpty ? Array.Empty<string>() : [List(use.Keys, "")],
        .. use.Variables.IsEmpty ? Array.Empty<string>() : ["variables of " + List(use.Variables, "")],
        .. use.EnvFrom.Select(from => $"variables {from.Prefix}*"),
    ];

    private static string List(ImmutableArray<string> keys, string none) => keys.Length == 0 ? none : string.Join(", ", keys);
}
