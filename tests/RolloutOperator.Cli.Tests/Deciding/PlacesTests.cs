using System.Text.Json;
using RolloutOperator.Cli.Deciding;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Tests.Deciding;

public class PlacesTests
{
    private const string Workload = """
        {"metadata": {"name": "app", "annotations": {"rollout-operator.io/include": "configmap/by-api"}},
         "spec": {"template": {"spec": {
           "initContainers": [{"name": "init", "image": "init:1", "envFrom": [{"prefix": "X_", "secretRef": {"name": "password"}}]}],
           "containers": [{"name": "app", "image": "app", "imagePullPolicy": "Always",
             "env": [{"name": "PLAIN", "value": "1"}, {"name": "GREETING", "valueFrom": {"configMapKeyRef": {"name": "config", "key": "greeting"}}}],
             "volumeMounts": [{"name": "files", "mountPath": "/etc/a", "subPath": "a.conf"}, {"name": "all", "mountPath": "/etc/all"}, {"name": "scratch", "mountPath": "/tmp"}]}],
           "volumes": [{"name": "files", "configMap": {"name": "config"}}, {"name": "scratch", "emptyDir": {}}, {"name": "unmounted", "configMap": {"name": "unread"}},
             {"name": "all", "projected": {"sources": [{"configMap": {"name": "config"}}, {"secret": {"name": "password", "items": [{"key": "p", "path": "p"}]}}]}}]}}}}
        """;

    [Fact]
    public void Each_source_has_every_place_where_it_is_read()
    {
        Assert.Equal(
            [
                "configmap/by-api: - annotation rollout-operator.io/include []",
                "configmap/config: app env GREETING [greeting]",
                "configmap/config: app volume all at /etc/all []",
                "configmap/config: app volume files at /etc/a, subPath a.conf [a.conf]",
                "image/app: app image app []",
                "secret/password: app volume all at /etc/all [p]",
                "secret/password: init envFrom, prefix X_ []",
            ],
            Of(Workload).SelectMany(source => source.Select(place => $"{source.Key}: {place.Container ?? "-"} {place.Field} [{string.Join(',', place.Keys)}]")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_places_name_the_sources_that_the_operator_reads()
    {
        using var document = JsonDocument.Parse(Workload);
        var read = WorkloadReader.Read(document.RootElement, WorkloadKind.Deployment, ReadingRules.Default);
        Assert.Equal(read.Sources.Select(use => use.Source).ToHashSet(), Of(Workload).Select(source => source.Key).ToHashSet());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"spec": {"template": {"spec": {"containers": "none"}}}}""")]
    [InlineData("""{"spec": {"template": {"spec": {"containers": [1, null, {"env": [null], "volumeMounts": [{}], "envFrom": {}}]}}}}""")]
    public void A_malformed_template_has_no_places(string workload) => Assert.Empty(Of(workload));

    private static ILookup<SourceRef, PlaceReport> Of(string workload)
    {
        using var document = JsonDocument.Parse(workload);
        var read = WorkloadReader.Read(document.RootElement, WorkloadKind.Deployment, ReadingRules.Default);
        return Places.Of(document.RootElement, WorkloadKind.Deployment, read.Settings, ReadingRules.Default);
    }
}
