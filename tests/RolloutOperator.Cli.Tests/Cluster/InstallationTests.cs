using RolloutOperator.Cli.Cluster;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Tests.Cluster;

public class InstallationTests
{
    [Fact]
    public void The_options_of_the_operator_decide()
    {
        var read = With(["run", "--auto", "--namespace=shop", "--namespace", "office", "--sources=configmaps,images", "--workload-kind", "example.com/v1/widgets/Widget", "--lease-name=other"]);
        Assert.Equal(Enrolment.Automatic, read.Rules.Enrolment);
        Assert.Equal(["shop", "office"], read.Watched);
        Assert.Equal([SourceKind.ConfigMap, SourceKind.Image], read.Rules.Sources);
        Assert.Equal(["Deployment", "StatefulSet", "DaemonSet", "Widget"], read.Kinds.Rows.Select(row => row.Kind));
        Assert.Equal("rollout-operator/other", read.Name);
    }

    [Fact]
    public void The_environment_is_behind_the_arguments()
    {
        var read = With(["run", "--namespace=shop"], ("ROLLOUT_OPERATOR_NAMESPACE", "office"), ("ROLLOUT_OPERATOR_EXCLUDE_NAMESPACE", "a, b"), ("ROLLOUT_OPERATOR_AUTO", "true"));
        Assert.Equal(["shop"], read.Watched);
        Assert.Equal(["a", "b"], read.Excluded);
        Assert.Equal(Enrolment.Automatic, read.Rules.Enrolment);
    }

    [Fact]
    public void A_switch_that_is_off_is_off() => Assert.Equal(Enrolment.ByLabel, With(["run", "--auto=false"]).Rules.Enrolment);

    [Fact]
    public void Arguments_that_mean_nothing_here_are_passed_over()
    {
        var read = With(["run", "--settle", "5s", "--listen=:8080", "stray", "--workload-kind=nonsense"]);
        Assert.Equal((Enrolment.ByLabel, 3), (read.Rules.Enrolment, read.Kinds.Rows.Length));
    }

    private static Installation With(string[] arguments, params (string Name, string Value)[] environment) =>
        new Installation { Namespace = "rollout-operator" }.With(new(arguments, environment));
}
