using System.Collections.Immutable;
using RolloutOperator.Applying;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;
using RolloutOperator.Reconciling;
using static RolloutOperator.Tests.Samples;

namespace RolloutOperator.Tests.Applying;

public class EventMessageTests
{
    private static readonly ImmutableArray<SourceChange> Changes = [new(Config("a").Source, SourceDifference.Changed, ["greeting"])];

    [Fact]
    public void A_restored_ledger_has_an_Event_only_if_it_is_removed_repeatedly()
    {
        Assert.Null(EventMessage.Adopted(new(Ledger(0), Adoption.Rekeyed), Workload("a")));
        Assert.Null(EventMessage.Adopted(new(Ledger(0), Adoption.Restored), Workload("a") with { LedgerLosses = 2 }));
        var notice = EventMessage.Adopted(new(Ledger(0), Adoption.Restored), Workload("a") with { LedgerLosses = 3, LastManager = "owner" })!;
        Assert.Equal(("Contended", true), (notice.Reason, notice.IsWarning));
        Assert.Contains("owner", notice.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_lost_key_hides_is_said()
    {
        var notice = EventMessage.Adopted(new(Ledger(0), Adoption.Untold), Workload("a"))!;
        Assert.Equal(("DigestKeyChanged", true), (notice.Reason, notice.IsWarning));
    }

    [Fact]
    public void Each_says_in_a_sentence_what_happened_and_whether_somebody_should_look()
    {
        var many = Ledger(0) with { Sources = Ledger(0).Sources.Add("secret/b", null) };
        Assert.Equal(
            new("Adopted", "Adopt", false, "Watching 1 source; the pods are taken to have read the present state"), EventMessage.Adopted(new(Ledger(0), Adoption.First), Workload("a")));
        Assert.Equal(
            new("Adopted", "Adopt", false, "Watching 2 sources; the pods are taken to have read the present state"), EventMessage.Adopted(new(many, Adoption.First), Workload("a")));
        Assert.Equal(
            new("RolloutTriggered", "Roll", false, "configmap/a changed (greeting): rollout 4"),
            EventMessage.RolloutTriggered(new(Hash("now"), Ledger(4), Changes, null), restraint: null));
        Assert.Equal(
            new("RolloutTriggered", "Roll", false, "configmap/a changed (greeting): rollout 4; pods are replaced when they are deleted"),
            EventMessage.RolloutTriggered(new(Hash("now"), Ledger(4), Changes, null), "pods are replaced when they are deleted"));
        Assert.Equal(
            new("RolloutComplete", "Track", false, "Rollout 4 is complete 1m30s after the change: all 3 pods are new"),
            EventMessage.RolloutComplete(4, 3, TimeSpan.FromSeconds(90)));
        Assert.Equal(new("RolloutComplete", "Track", false, "Rollout 4 is complete: the pod is new"), EventMessage.RolloutComplete(4, 1, null));
        Assert.Equal(new("RolloutComplete", "Track", false, "Rollout 4 is complete: there are no pods"), EventMessage.RolloutComplete(4, 0, null));
        Assert.Equal(
            new("RolloutFailed", "Track", true, "Rollout 4 has stalled: it stands still"), EventMessage.RolloutFailed(4, "it stands still"));
        Assert.Equal(
            new("RolloutHeld", "Hold", false, "configmap/a changed (greeting); no rollout, since somebody says so"),
            EventMessage.RolloutHeld(new("somebody says so", Changes)));
        Assert.Equal(
            new("RolloutFailed", "Patch", true, "The API server refused the operator's patch; retrying: no"), EventMessage.RolloutFailed("no"));
    }

    [Fact]
    public void A_mistake_in_an_annotation_is_quoted_with_what_is_allowed()
    {
        var settings = Annotated((Names.Pause, "maybe"), (Names.Settle, new string('x', 62) + "\U0001F600y"));
        Assert.Equal(
            new(
                "InvalidAnnotation",
                "Read",
                true,
                "rollout-operator.io/pause has \"maybe\": allowed is true or false; rollout-operator.io/settle has \"" + new string('x', 62)
                    + "…\": allowed is a duration such as 500ms, 5s or 1m30s, at most a day. The safe reading is used"),
            EventMessage.InvalidAnnotation(settings));
    }

    [Fact]
    public void A_setting_in_the_wrong_place_is_told_with_the_right_one() => Assert.Equal(
        new("MisplacedSetting", "Read", true, "rollout-operator.io/pause, rollout-operator.io/settle on the pod template has no effect: write it on the metadata of the Deployment itself"),
        EventMessage.MisplacedSetting(Workload("a") with { Misplaced = [Names.Pause, Names.Settle] }));

    [Fact]
    public void Of_many_mistakes_so_many_are_told_as_an_Event_can_hold()
    {
        string mistakes = string.Join(',', Enumerable.Range(0, 50).Select(n => new string('X', 500) + n));
        string note = EventMessage.InvalidAnnotation(Annotated((Names.Include, mistakes))).Note;
        Assert.InRange(note.Length, 300, 1024);
        Assert.EndsWith("The safe reading is used", note, StringComparison.Ordinal);
    }

    [Fact]
    public void A_block_names_the_first_five_that_stand_in_the_way()
    {
        var plan = new Plan.Blocked([.. Enumerable.Range(1, 9).Select(n => new BlockedSource(Config($"c{n}").Source, "is away"))]);
        Assert.Equal(
            new("Blocked", "Wait", true, "No rollout while configmap/c1 is away; configmap/c2 is away; configmap/c3 is away; configmap/c4 is away; configmap/c5 is away"),
            EventMessage.Blocked(plan));
    }
}
