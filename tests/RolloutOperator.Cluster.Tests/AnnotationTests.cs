using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

public sealed class AnnotationTests(TestCluster cluster)
{
    [Fact]
    public async Task Included_sources_roll_and_excluded_ones_do_not()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.ConfigMapAsync("read-by-api", ("a", "1"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        await workload.AnnotateAsync(Names.Include, "configmap/read-by-api");
        await workload.AnnotateAsync(Names.Exclude, "configmap/config");
        await space.OperatorAsync();
        await workload.AdoptedAsync();

        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await space.CatchUpAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());

        await space.EditConfigMapAsync("read-by-api", ("a", "2"));
        await workload.RolledAsync(1);
    }

    [Theory]
    [InlineData("configmap/*")]
    [InlineData("configmap/con*, image/*")]
    public async Task A_pattern_excludes_all_that_it_matches(string exclude)
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("conf", ("level", "A"));
        await space.SecretAsync("cred", ("p", "1"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "conf", SourceKind.Secret, "cred"));
        await workload.AnnotateAsync(Names.Exclude, exclude);
        await space.OperatorAsync();
        await workload.AdoptedAsync();
        await space.EditConfigMapAsync("conf", ("level", "B"));
        await space.CatchUpAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());
        await space.EditSecretAsync("cred", ("p", "2"));
        await workload.RolledAsync(1);
        Assert.DoesNotContain("InvalidAnnotation", await space.EventReasonsAsync("app"));
    }

    [Fact]
    public async Task An_invalid_annotation_is_reported_with_the_allowed_values_and_the_rest_applies()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.ConfigMapAsync("read-by-api", ("a", "1"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        await workload.AnnotateAsync(Names.Include, "configmap/read-by-api, cm/nonsense");
        await workload.AnnotateAsync(Names.Settle, "soon" + new string('n', 500));
        var running = await space.OperatorAsync();
        await workload.AdoptedAsync();

        var note = await space.EventAsync("app", "InvalidAnnotation");
        Assert.Contains("\"cm/nonsense\": allowed is a list such as configmap/a, secret/b, serviceaccount/c", note, StringComparison.Ordinal);
        Assert.Contains("\"soon", note, StringComparison.Ordinal);
        Assert.DoesNotContain(new string('n', 64), note, StringComparison.Ordinal);
        await running.WarnedAsync(Names.Include, "cm/nonsense", "a list such as");

        await space.EditConfigMapAsync("read-by-api", ("a", "2"));
        await workload.RolledAsync(1);
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(2);

        // Each of these passes would have recorded the Event again, and the API server would have answered that it exists.
        var metrics = await running.MetricsAsync();
        Assert.Contains("rollout_operator_events_total{reason=\"InvalidAnnotation\",result=\"ok\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Matches("(?m)^rest_client_requests_total{code=\"409\",method=\"POST\",host=\"[^\"]+\"} 0$", metrics);
    }

    [Fact]
    public async Task A_corrupt_ledger_is_adopted_again_without_a_rollout()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        await space.OperatorAsync();
        var ledger = await workload.AdoptedAsync();

        await workload.AnnotateAsync(Names.Ledger, "{garbage");
        await workload.LedgerAgainAsync(ledger);
        await space.CatchUpAsync();

        Assert.Equal(0, await workload.TemplateChangesAsync());
    }
}
