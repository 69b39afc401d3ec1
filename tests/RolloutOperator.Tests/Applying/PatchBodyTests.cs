using System.Collections.Immutable;
using System.Text;
using RolloutOperator.Applying;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;
using static RolloutOperator.Tests.Samples;

namespace RolloutOperator.Tests.Applying;

public class PatchBodyTests
{
    private const string Recorded =
        """{\u0022v\u0022:1,\u0022rollout\u0022:3,\u0022key\u0022:\u002266687aad\u0022,\u0022template\u0022:\u00220123456789abcdef\u0022,\u0022sources\u0022:{\u0022configmap/a\u0022:\u002200112233445566778899aabbccddeeff\u0022,\u0022secret/b\u0022:null}}""";

    private static readonly Ledger Ledger = new(
        3,
        KeyId,
        "0123456789abcdef",
        ImmutableSortedDictionary<string, string?>.Empty.Add("secret/b", null).Add("configmap/a", "00112233445566778899aabbccddeeff"));

    [Trait("Invariant", "I6")]
    [Fact]
    public void A_ledger_is_written_under_the_version_and_uid_that_were_seen() => Assert.Equal(
        $$$$$$"""{"metadata":{"resourceVersion":"10","uid":"uid-of-greetings","annotations":{"rollout-operator.io/ledger":"{{{{{{Recorded}}}}}}"}}}""",
        Text(PatchBody.OfLedger(Workload("greetings"), Ledger)));

    [Fact]
    public void A_rollout_writes_ledger_cause_and_template_all_at_once() => Assert.Equal(
        $$$$$$"""{"metadata":{"resourceVersion":"10","uid":"uid-of-greetings","annotations":{"rollout-operator.io/ledger":"{{{{{{Recorded}}}}}}","kubernetes.io/change-cause":"configmap/a changed (greeting)"}},"spec":{"template":{"metadata":{"annotations":{"rollout-operator.io/checksum":"{{{{{{Hash("now")}}}}}}","rollout-operator.io/rollout":"3"}}}}}""",
        Text(PatchBody.OfRollout(Workload("greetings"), Roll("configmap/a changed (greeting)"), WorkloadKind.Deployment)));

    [Fact]
    public void The_change_cause_of_somebody_else_is_left_alone() =>
        Assert.DoesNotContain("change-cause", Text(PatchBody.OfRollout(Workload("greetings"), Roll(cause: null), WorkloadKind.Deployment)), StringComparison.Ordinal);

    [Fact]
    public void The_template_is_where_the_kind_has_it() => Assert.EndsWith(
        ""","deep":{"er":{"metadata":{"annotations":{"rollout-operator.io/checksum":""" + $"\"{Hash("now")}\"" + ""","rollout-operator.io/rollout":"3"}}}}}""",
        Text(PatchBody.OfRollout(Workload("greetings"), Roll(cause: null), WorkloadKind.Deployment with { TemplatePath = ["deep", "er"] })),
        StringComparison.Ordinal);

    [Fact]
    public void The_same_plan_gives_the_same_bytes() => Assert.Equal(
        PatchBody.OfRollout(Workload("greetings"), Roll("a cause"), WorkloadKind.Deployment),
        PatchBody.OfRollout(Workload("greetings"), Roll("a cause"), WorkloadKind.Deployment));

    [Fact]
    public void Only_the_change_cause_is_given_up_and_only_by_the_operator() => Assert.Equal(
        """[{"op":"test","path":"/metadata/managedFields/12/manager","value":"rollout-operator"},{"op":"add","path":"/metadata/managedFields/12/fieldsV1/f:metadata/f:annotations/f:rollout-operator.io~1ledger","value":{}},{"op":"remove","path":"/metadata/managedFields/12/fieldsV1/f:metadata/f:annotations/f:kubernetes.io~1change-cause"}]""",
        Text(PatchBody.OfDisowning(12)));

    private static Plan.Roll Roll(string? cause) => new(Hash("now"), Ledger, [], cause);

    private static string Text(byte[] body) => Encoding.UTF8.GetString(body);
}
