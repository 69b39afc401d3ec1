using System.Text.Json;
using System.Text.Json.Nodes;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Tests;

public class RolloutProgressTests
{
    private const string Available = """ "conditions": [{"type": "Available"}, {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}] """;
    private const string Exceeded = """ "conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}] """;

    [Theory]
    [InlineData("{}", """{"observedGeneration": 7, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}""", "Complete { Pods = 1 }")]
    [InlineData("""{"replicas": 3}""", """{"observedGeneration": 8, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3}""", "Complete { Pods = 3 }")]
    [InlineData("""{"replicas": 3}""", """{"observedGeneration": 6, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3}""", "Unobserved { }")]
    [InlineData("""{"replicas": 3}""", "{}", "Unobserved { }")]
    [InlineData("""{"replicas": 3}""", """{"observedGeneration": 7}""", "Underway { New = 0, Desired = 3, Old = 0, Available = 0 }")]
    [InlineData("""{"replicas": 3}""", """{"observedGeneration": 7, "replicas": 4, "updatedReplicas": 1, "availableReplicas": 3}""", "Underway { New = 1, Desired = 3, Old = 3, Available = 3 }")]
    [InlineData("""{"replicas": 3}""", """{"observedGeneration": 7, "replicas": 4, "updatedReplicas": 3, "availableReplicas": 4}""", "Underway { New = 3, Desired = 3, Old = 1, Available = 4 }")]
    [InlineData("""{"replicas": 3}""", """{"observedGeneration": 7, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 2}""", "Underway { New = 3, Desired = 3, Old = 0, Available = 2 }")]
    [InlineData("""{"replicas": 9}""", """{"observedGeneration": 7, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 2, """ + Available + "}", "Underway { New = 3, Desired = 9, Old = 0, Available = 2 }")]
    [InlineData("""{"replicas": 3}""", """{"observedGeneration": 7, "replicas": 4, "updatedReplicas": 3, "availableReplicas": 4, """ + Available + "}", "Underway { New = 3, Desired = 3, Old = 1, Available = 4 }")]
    [InlineData("""{"replicas": 3}""", """{"observedGeneration": 7, "replicas": 4, "updatedReplicas": 1, "availableReplicas": 3, """ + Exceeded + "}", "Failed { Reason = its progress deadline is exceeded }")]
    [InlineData("""{"replicas": 3}""", """{"observedGeneration": 6, "replicas": 4, "updatedReplicas": 1, "availableReplicas": 3, """ + Exceeded + "}", "Unobserved { }")]
    [InlineData("""{"replicas": 3}""", """{"observedGeneration": 7, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3, """ + Exceeded + "}", "Complete { Pods = 3 }")]
    [InlineData("""{"replicas": 3, "paused": true}""", """{"observedGeneration": 7, "replicas": 3, "availableReplicas": 3}""", "Waiting { Reason = pods are replaced when it is resumed: spec.paused }")]
    [InlineData("""{"replicas": 3, "paused": true}""", """{"observedGeneration": 7, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3}""", "Complete { Pods = 3 }")]
    [InlineData("""{"replicas": 0}""", """{"observedGeneration": 7}""", "Complete { Pods = 0 }")]
    [InlineData("""{"replicas": 0}""", """{"observedGeneration": 7, "replicas": 2}""", "Underway { New = 0, Desired = 0, Old = 2, Available = 0 }")]
    [InlineData("""{"replicas": "3"}""", """{"observedGeneration": 7, "replicas": -1, "updatedReplicas": 1.5, "availableReplicas": "1", "conditions": {"type": "Progressing"}}""", "Underway { New = 0, Desired = 1, Old = 0, Available = 0 }")]
    [InlineData("[]", "[]", "Unobserved { }")]
    public void The_progress_of_a_Deployment_is_read(string spec, string status, string progress) =>
        Assert.Equal(progress, Progress(WorkloadKind.Deployment, spec, status));

    [Theory]
    [InlineData("{}", """{"observedGeneration": 7, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "currentRevision": "a", "updateRevision": "a"}""", "Complete { Pods = 1 }")]
    [InlineData("""{"replicas": 2}""", """{"observedGeneration": 6, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "currentRevision": "a", "updateRevision": "a"}""", "Unobserved { }")]
    [InlineData("""{"replicas": 2}""", """{"observedGeneration": 7, "replicas": 2, "readyReplicas": 2, "currentRevision": "a", "updateRevision": "b"}""", "Underway { New = 0, Desired = 2, Old = 2, Available = 2 }")]
    [InlineData("""{"replicas": 2}""", """{"observedGeneration": 7, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 1, "currentRevision": "a", "updateRevision": "b"}""", "Underway { New = 2, Desired = 2, Old = 0, Available = 1 }")]
    [InlineData("""{"replicas": 5}""", """{"observedGeneration": 7, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 1, "currentRevision": "a", "updateRevision": "a"}""", "Complete { Pods = 2 }")]
    [InlineData("""{"replicas": 2}""", """{"observedGeneration": 7, "replicas": 2, "updatedReplicas": 1, "readyReplicas": 2, "currentRevision": "a", "updateRevision": "a"}""", "Underway { New = 1, Desired = 2, Old = 1, Available = 2 }")]
    [InlineData("""{"replicas": 2}""", """{"observedGeneration": 7}""", "Underway { New = 0, Desired = 2, Old = 0, Available = 0 }")]
    [InlineData("""{"replicas": 2}""", """{"observedGeneration": 7, "updateRevision": "", "currentRevision": ""}""", "Underway { New = 0, Desired = 2, Old = 0, Available = 0 }")]
    [InlineData("""{"replicas": 0}""", """{"observedGeneration": 7, "currentRevision": "a", "updateRevision": "b"}""", "Complete { Pods = 0 }")]
    [InlineData("""{"replicas": 2, "updateStrategy": {"type": "OnDelete"}}""", """{"observedGeneration": 7, "replicas": 2, "updatedReplicas": 1, "readyReplicas": 2, "currentRevision": "a", "updateRevision": "b"}""", "Waiting { Reason = pods are replaced when they are deleted: updateStrategy OnDelete }")]
    [InlineData("""{"replicas": 2, "updateStrategy": {"type": "OnDelete"}}""", """{"observedGeneration": 7, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "currentRevision": "a", "updateRevision": "b"}""", "Complete { Pods = 2 }")]
    [InlineData("""{"replicas": 3, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}}""", """{"observedGeneration": 7, "replicas": 3, "updatedReplicas": 1, "readyReplicas": 3, "currentRevision": "a", "updateRevision": "b"}""", "Underway { New = 1, Desired = 2, Old = 2, Available = 3 }")]
    [InlineData("""{"replicas": 3, "updateStrategy": {"rollingUpdate": {"partition": 1}}}""", """{"observedGeneration": 7, "replicas": 3, "updatedReplicas": 2, "readyReplicas": 3, "currentRevision": "a", "updateRevision": "b"}""", "Waiting { Reason = pods with an ordinal below 1 stay as they are: updateStrategy partition 1 }")]
    [InlineData("""{"replicas": 3, "updateStrategy": {"rollingUpdate": {"partition": 9}}}""", """{"observedGeneration": 7, "replicas": 3, "readyReplicas": 3, "currentRevision": "a", "updateRevision": "b"}""", "Waiting { Reason = pods with an ordinal below 9 stay as they are: updateStrategy partition 9 }")]
    [InlineData("""{"replicas": 2, "updateStrategy": {"rollingUpdate": {"partition": -1}}}""", """{"observedGeneration": 7, "replicas": 2, "updatedReplicas": 1, "readyReplicas": 2}""", "Underway { New = 1, Desired = 2, Old = 1, Available = 2 }")]
    public void The_progress_of_a_StatefulSet_is_read(string spec, string status, string progress) =>
        Assert.Equal(progress, Progress(WorkloadKind.StatefulSet, spec, status));

    [Theory]
    [InlineData("{}", """{"observedGeneration": 7, "desiredNumberScheduled": 2, "currentNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 2}""", "Complete { Pods = 2 }")]
    [InlineData("{}", """{"observedGeneration": 6, "desiredNumberScheduled": 2, "currentNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 2}""", "Unobserved { }")]
    [InlineData("{}", """{"observedGeneration": 7, "desiredNumberScheduled": 2, "currentNumberScheduled": 2, "updatedNumberScheduled": 1, "numberAvailable": 2}""", "Underway { New = 1, Desired = 2, Old = 1, Available = 2 }")]
    [InlineData("{}", """{"observedGeneration": 7, "desiredNumberScheduled": 2, "currentNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 1}""", "Underway { New = 2, Desired = 2, Old = 0, Available = 1 }")]
    [InlineData("{}", """{"observedGeneration": 7, "desiredNumberScheduled": 0, "currentNumberScheduled": 0, "numberMisscheduled": 0}""", "Complete { Pods = 0 }")]
    [InlineData("""{"updateStrategy": {"type": "OnDelete"}}""", """{"observedGeneration": 7, "desiredNumberScheduled": 2, "currentNumberScheduled": 2, "updatedNumberScheduled": 1, "numberAvailable": 2}""", "Waiting { Reason = pods are replaced when they are deleted: updateStrategy OnDelete }")]
    [InlineData("""{"updateStrategy": {"type": "OnDelete"}}""", """{"observedGeneration": 7, "desiredNumberScheduled": 2, "currentNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 1}""", "Underway { New = 2, Desired = 2, Old = 0, Available = 1 }")]
    public void The_progress_of_a_DaemonSet_is_read(string spec, string status, string progress) =>
        Assert.Equal(progress, Progress(WorkloadKind.DaemonSet, spec, status));

    [Theory]
    [InlineData("""{"replicas": 2}""", """{"observedGeneration": 7, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}""", "Complete { Pods = 2 }")]
    [InlineData("""{"replicas": 2, "paused": true}""", """{"observedGeneration": 7, "replicas": 2, "updatedReplicas": 1, "availableReplicas": 2}""", "Waiting { Reason = pods are replaced when it is resumed: spec.paused }")]
    [InlineData("""{"replicas": 2}""", """{"observedGeneration": 7, "replicas": 2, "updatedReplicas": 1, """ + Exceeded + "}", "Failed { Reason = its progress deadline is exceeded }")]
    [InlineData("""{"replicas": 2}""", """{"observedGeneration": 7, "replicas": 2, "availableReplicas": 2}""", "Unknown { }")]
    [InlineData("""{"replicas": 2}""", """{"observedGeneration": "7", "replicas": 2, "updatedReplicas": 2}""", "Unknown { }")]
    [InlineData("{}", "{}", "Unknown { }")]
    public void The_progress_of_a_kind_with_the_status_of_a_Deployment_is_read(string spec, string status, string progress)
    {
        Assert.True(WorkloadKind.TryParse("example.com/v1/widgets/Widget", out var widget));
        Assert.Equal(progress, Progress(widget, spec, status));
    }

    [Theory]
    [InlineData("Deployment", """{"replicas": 2}""", null)]
    [InlineData("Deployment", "{}", null)]
    [InlineData("Deployment", """{"replicas": 0}""", "there are no pods to replace: replicas 0")]
    [InlineData("Deployment", """{"paused": true}""", "pods are replaced when it is resumed: spec.paused")]
    [InlineData("StatefulSet", """{"replicas": 0}""", "there are no pods to replace: replicas 0")]
    [InlineData("StatefulSet", """{"updateStrategy": {"type": "OnDelete"}}""", "pods are replaced when they are deleted: updateStrategy OnDelete")]
    [InlineData("StatefulSet", """{"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}}""", "pods with an ordinal below 2 stay as they are: updateStrategy partition 2")]
    [InlineData("StatefulSet", """{"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}}""", null)]
    [InlineData("DaemonSet", """{"updateStrategy": {"type": "OnDelete"}}""", "pods are replaced when they are deleted: updateStrategy OnDelete")]
    [InlineData("DaemonSet", """{"updateStrategy": {"type": "RollingUpdate"}}""", null)]
    public void A_spec_says_what_Kubernetes_will_not_do_by_itself(string kind, string spec, string? restraint) =>
        Assert.Equal(restraint, Read(WorkloadKinds.BuiltIn[kind], spec, "{}", 7).Restraint);

    [Theory]
    // All are of the current revision, or all are ready: nothing is in the way.
    [InlineData("{}", """{"replicas": 2, "readyReplicas": 2, "currentReplicas": 1, "currentRevision": "a", "updateRevision": "c"}""", null)]
    [InlineData("{}", """{"replicas": 2, "readyReplicas": 1, "updatedReplicas": 1, "currentReplicas": 1, "currentRevision": "a", "updateRevision": "b"}""", null)]
    [InlineData("{}", """{"replicas": 2, "readyReplicas": 1, "updatedReplicas": 2, "currentReplicas": 2, "currentRevision": "a", "updateRevision": "a"}""", null)]
    [InlineData("{}", "{}", null)]
    // After a broken revision, a mended one, or the one before.
    [InlineData("{}", """{"replicas": 2, "readyReplicas": 1, "currentReplicas": 1, "currentRevision": "a", "updateRevision": "c"}""", "most likely it is app-1; delete it")]
    [InlineData("{}", """{"replicas": 5, "readyReplicas": 4, "currentReplicas": 3, "currentRevision": "a", "updateRevision": "c"}""", "most likely it is app-3; delete it")]
    [InlineData("{}", """{"replicas": 2, "readyReplicas": 1, "updatedReplicas": 1, "currentReplicas": 1, "currentRevision": "a", "updateRevision": "a"}""", "most likely it is app-1; delete it")]
    [InlineData("""{"ordinals": {"start": 5}}""", """{"replicas": 2, "readyReplicas": 1, "currentReplicas": 1, "currentRevision": "a", "updateRevision": "c"}""", "most likely it is app-6; delete it")]
    [InlineData("{}", """{"replicas": 1, "currentRevision": "a", "updateRevision": "c"}""", "delete app-0")]
    // A pod that broke by itself.
    [InlineData("{}", """{"replicas": 1, "currentReplicas": 1, "currentRevision": "a", "updateRevision": "b"}""", "delete app-0")]
    [InlineData("""{"selector": {"matchLabels": {"a": "b", "c": "d"}}}""", """{"replicas": 2, "readyReplicas": 1, "currentReplicas": 2, "currentRevision": "a", "updateRevision": "b"}""", "find it with kubectl get pods --namespace shop --selector a=b,c=d, and delete it")]
    [InlineData("""{"selector": {"matchLabels": []}}""", """{"replicas": 2, "currentReplicas": 2, "currentRevision": "a", "updateRevision": "b"}""", "find it with kubectl get pods --namespace shop, and delete it")]
    // Here the controller does not wait, or waits for a person anyway.
    [InlineData("""{"podManagementPolicy": "Parallel"}""", """{"replicas": 2, "readyReplicas": 1, "currentReplicas": 1, "currentRevision": "a", "updateRevision": "c"}""", null)]
    [InlineData("""{"updateStrategy": {"type": "OnDelete"}}""", """{"replicas": 2, "readyReplicas": 1, "currentReplicas": 1, "currentRevision": "a", "updateRevision": "c"}""", null)]
    public void A_pod_in_the_way_of_a_StatefulSet_is_named_with_the_remedy(string spec, string status, string? remedy) => Assert.Equal(
        remedy is null ? null : "a pod of an earlier revision is not ready, and the StatefulSet waits for it (kubernetes/kubernetes#67250): " + remedy,
        Read(WorkloadKind.StatefulSet, spec, status, 7).Obstacle);

    [Fact]
    public void Progress_matters_only_after_a_rollout_by_the_operator()
    {
        var before = Read(WorkloadKind.Deployment, "{}", """{"observedGeneration": 7, "replicas": 1}""", 7);
        var after = Read(WorkloadKind.Deployment, "{}", """{"observedGeneration": 7, "replicas": 1, "updatedReplicas": 1}""", 7);
        Assert.True(before.SameBut(after));
        Assert.False((before with { TemplateRollout = 1 }).SameBut(after with { TemplateRollout = 1 }));
        Assert.False((before with { ChangeCauseEntry = 0 }).SameBut(after with { ChangeCauseEntry = 0 }));
        Assert.True((before with { TemplateRollout = 1 }).SameBut(before with { TemplateRollout = 1 }));
    }

    [Fact]
    public void Without_a_generation_nothing_can_be_said() => Assert.All(WorkloadKinds.BuiltIn.Rows, kind => Assert.Equal(
        new RolloutProgress.Unknown(),
        Read(kind, """{"replicas": 1}""", """{"observedGeneration": 1, "replicas": 1}""", "7").Progress));

    [Fact]
    public void No_status_is_too_strange() => Properties.ForAll(dice =>
    {
        var kind = dice.Of([.. WorkloadKinds.BuiltIn.Rows, WorkloadKind.Deployment with { Rule = RolloutRule.LikeDeployment }]);
        var progress = Read(kind, Strange(dice, 2).ToJsonString(), Strange(dice, 2).ToJsonString(), dice.Of<JsonNode?>(1, 2, "x", null)).Progress;
        if (progress is RolloutProgress.Underway underway)
        {
            Assert.True(underway is { New: >= 0, Desired: >= 0, Old: >= 0, Available: >= 0 });
            Assert.False(underway.IsAheadOf(underway));
            Assert.False(underway.IsAheadOf(underway.Best(underway with { New = dice.Next(9), Old = dice.Next(9) })));
        }
    });

    private static JsonObject Strange(Dice dice, int depth)
    {
        string[] names =
        [
            "replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "observedGeneration", "paused", "updateStrategy", "rollingUpdate", "type",
            "partition", "ordinals", "start", "selector", "matchLabels", "podManagementPolicy", "currentReplicas", "conditions", "reason", "currentRevision", "updateRevision", "desiredNumberScheduled", "updatedNumberScheduled", "numberAvailable",
        ];
        var strange = new JsonObject();
        foreach (var name in dice.Shuffled(names).Take(dice.Next(names.Length)))
        {
            strange[name] = dice.Next(10) switch
            {
                0 => -1,
                1 => 1e300,
                2 => long.MaxValue,
                3 => dice.Of("OnDelete", "Progressing", "ProgressDeadlineExceeded", "", "a"),
                4 => null,
                5 when depth > 0 => Strange(dice, depth - 1),
                6 when depth > 0 => new JsonArray(Strange(dice, depth - 1), 1),
                7 => true,
                _ => dice.Next(4),
            };
        }

        return strange;
    }

    private static string Progress(WorkloadKind kind, string spec, string status) => Read(kind, spec, status, 7).Progress.ToString();

    private static Workload Read(WorkloadKind kind, string spec, string status, JsonNode? generation)
    {
        var workload = new JsonObject
        {
            ["metadata"] = new JsonObject { ["namespace"] = "shop", ["name"] = "app", ["generation"] = generation },
            ["spec"] = JsonNode.Parse(spec),
            ["status"] = JsonNode.Parse(status),
        };
        using var document = JsonDocument.Parse(workload.ToJsonString());
        return WorkloadReader.Read(document.RootElement, kind, ReadingRules.Default);
    }
}
