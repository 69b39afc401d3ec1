using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Tests;

public class WorkloadKindTests
{
    [Theory]
    [InlineData("example.com/v1/widgets/Widget", "example.com/v1 widgets Widget spec.template", "widgets.example.com")]
    [InlineData("example.com/v1beta1/widgets/Widget:spec.pod.template", "example.com/v1beta1 widgets Widget spec.pod.template", "widgets.example.com")]
    [InlineData("/v1/replicationcontrollers/ReplicationController", "v1 replicationcontrollers ReplicationController spec.template", "replicationcontrollers")]
    [InlineData("apps/v1/replicasets/ReplicaSet", "apps/v1 replicasets ReplicaSet spec.template", "replicasets")]
    [InlineData("argoproj.io/v1alpha1/rollouts/Rollout:template", "argoproj.io/v1alpha1 rollouts Rollout template", "rollouts.argoproj.io")]
    public void A_kind_is_read_from_its_text(string text, string expected, string resource)
    {
        Assert.True(WorkloadKind.TryParse(text, out var kind));
        Assert.Equal(expected, $"{kind.ApiVersion} {kind.Plural} {kind.Kind} {string.Join('.', kind.TemplatePath)}");
        Assert.Equal(resource, kind.Resource);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Widget")]
    [InlineData("example.com/v1/widgets")]
    [InlineData("example.com/v1/widgets/Widget/x")]
    [InlineData("example.com/v1/widgets/widget")]
    [InlineData("example.com/v1/Widgets/Widget")]
    [InlineData("example..com/v1/widgets/Widget")]
    [InlineData("-example.com/v1/widgets/Widget")]
    [InlineData("example.com//widgets/Widget")]
    [InlineData("example.com/v1/../Widget")]
    [InlineData("example.com/v1/widgets?x/Widget")]
    [InlineData("example.com/v1/widgets/Widget:")]
    [InlineData("example.com/v1/widgets/Widget:spec..template")]
    [InlineData("example.com/v1/widgets/Widget:spec.template.")]
    [InlineData("example.com/v1/widgets/Widget:spec/template")]
    [InlineData("example.com/v1/widgets/Widget:a:b")]
    public void Invalid_text_is_not_a_kind(string text) => Assert.False(WorkloadKind.TryParse(text, out _));

    [Theory]
    [InlineData("batch/v1/jobs/Job", "field is immutable")]
    [InlineData("batch/v1beta1/jobs/Job:spec.template", "field is immutable")]
    [InlineData("/v1/pods/Pod:spec", "a pod has no pod template")]
    [InlineData("apps/v1/controllerrevisions/ControllerRevision:data.spec.template", "cannot change")]
    [InlineData("batch/v1/cronjobs/CronJob:spec.jobTemplate.spec.template", null)]
    [InlineData("apps/v1/replicasets/ReplicaSet", null)]
    [InlineData("batch.example.com/v1/jobs/Job", null)]
    public void A_kind_that_cannot_be_rolled_is_known(string text, string? reason)
    {
        Assert.True(WorkloadKind.TryParse(text, out var kind));
        Assert.Equal(reason is null, kind.Unsuitable is null);
        Assert.Contains(reason ?? "", kind.Unsuitable ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_has_each_name_and_each_resource_once()
    {
        Assert.Equal(["Deployment", "StatefulSet", "DaemonSet"], WorkloadKinds.BuiltIn.Rows.Select(row => row.Kind));
        Assert.True(WorkloadKind.TryParse("example.com/v1/widgets/Widget", out var widget));
        Assert.True(WorkloadKinds.BuiltIn.TryAdd(widget, out var kinds));
        Assert.Same(widget, kinds["Widget"]);
        Assert.Same(WorkloadKind.StatefulSet, kinds["StatefulSet"]);

        Assert.False(kinds.TryAdd(widget with { Group = "example.org" }, out _));
        Assert.False(kinds.TryAdd(widget with { Kind = "Gadget", Version = "v2" }, out _));
        Assert.False(kinds.TryAdd(WorkloadKind.Deployment with { Group = "example.com" }, out _));
        Assert.True(kinds.TryAdd(widget with { Group = "example.org", Kind = "Gadget" }, out _));
    }
}
