using RolloutOperator.Chart.Cluster.Tests.Harness;

namespace RolloutOperator.Chart.Cluster.Tests;

/// <summary>Values that cannot work are refused before anything is installed, with a message that names them.</summary>
public sealed class BadValuesTests
{
    [Theory]
    [InlineData("replicaCount=0", "replicaCount")]
    [InlineData("replicaCount=two", "replicaCount")]
    [InlineData("replicas=2", "replicas")]
    [InlineData("image.tag=not a tag", "tag")]
    [InlineData("image.repository=Upper/Case", "repository")]
    [InlineData("image.digest=sha256:abc", "digest")]
    [InlineData("image.pullPolicy=Sometimes", "pullPolicy")]
    [InlineData("image.name=x", "name")]
    [InlineData("imagePullSecrets[0]=registry", "imagePullSecrets")]
    [InlineData("tracing.endpoint=collector:4317", "endpoint")]
    [InlineData("tracing.endpoint=http://me:secret@collector", "endpoint")]
    [InlineData("settle=soon", "settle")]
    [InlineData("settle=5", "settle")]
    [InlineData("stallAfter=-1s", "stallAfter")]
    [InlineData("scope.namespaces=shop", "namespaces")]
    [InlineData("scope.namespaces[0]=Shop", "namespaces")]
    [InlineData("scope.namespace=shop", "namespace")]
    [InlineData("enrolment.auto=yes please", "auto")]
    [InlineData("workloadKinds[0].kind=Widget", "workloadKinds")]
    [InlineData("leaderElection.leaseDuration=15", "leaseDuration")]
    [InlineData("leaderElection.leaseName=Not_A_Name", "leaseName")]
    [InlineData("log.level=verbose", "level")]
    [InlineData("log.format=xml", "format")]
    [InlineData("listenPort=80", "listenPort")]
    [InlineData("service.port=70000", "port")]
    [InlineData("podDisruptionBudget.minAvailable=most", "minAvailable")]
    [InlineData("networkPolicy.apiServerPorts[0]=https", "apiServerPorts")]
    [InlineData("networkPolicy.apiServerCidrs[0]=10.0.0.1", "apiServerCidrs")]
    [InlineData("serviceMonitor.interval=often", "interval")]
    [InlineData("extraArgs[0]=settle", "extraArgs")]
    [InlineData("resources.limit.memory=1Gi", "limit")]
    [InlineData("enabled=perhaps", "enabled")]
    [InlineData("global.imageRegistry=https://mirror", "imageRegistry")]
    [InlineData("global.imagePullSecrets[0].secret=a", "imagePullSecrets")]
    [InlineData("namespaceOverride=Shop", "namespaceOverride")]
    [InlineData("pushNotifications.port=80", "port")]
    [InlineData("pushNotifications.secret=abc", "secret")]
    [InlineData("pushNotifications.service.type=ExternalName", "type")]
    [InlineData("dnsConfig.servers[0]=1.1.1.1", "servers")]
    [InlineData("hostAliases[0].ip=10.0.0.1", "hostnames")]
    [InlineData("lifecycle.preStart.exec=x", "preStart")]
    [InlineData("extraContainers[0].name=proxy", "extraContainers")]
    [InlineData("extraObjects[0].kind=Secret", "extraObjects")]
    [InlineData("serviceMonitor.scheme=tcp", "scheme")]
    [InlineData("serviceMonitor.honorLabels=sometimes", "honorLabels")]
    [InlineData("podMonitor.targetLabels[0]=team", "targetLabels")]
    [InlineData("updateStrategy.type=Fast", "updateStrategy")]
    public Task The_schema_rejects_an_invalid_value_and_names_it(string value, string named) => RefusesAsync(named, "--set", value);

    [Theory]
    [InlineData("replicaCount > 1 needs leaderElection.enabled", "leaderElection.enabled=false")]
    [InlineData("updateStrategy.type=Recreate", "leaderElection.enabled=false,replicaCount=1")]
    [InlineData("scope.namespaces and scope.namespaceSelector exclude", "scope.namespaces={shop},scope.namespaceSelector=team")]
    [InlineData("scope.excludedNamespaces is of no use", "scope.namespaces={shop},scope.excludedNamespaces={search}")]
    [InlineData("enrolment.auto and enrolment.workloadSelector exclude", "enrolment.auto=true,enrolment.workloadSelector=team")]
    [InlineData("serviceMonitor.enabled and podMonitor.enabled exclude", "serviceMonitor.enabled=true,podMonitor.enabled=true")]
    [InlineData("minAvailable and .maxUnavailable exclude", "podDisruptionBudget.minAvailable=1,podDisruptionBudget.maxUnavailable=1")]
    [InlineData("no node could ever be drained", "podDisruptionBudget.minAvailable=2")]
    [InlineData("serviceAccount.create=false needs serviceAccount.name", "serviceAccount.create=false")]
    [InlineData("no effect on pods with hostNetwork", "hostNetwork=true,networkPolicy.enabled=true")]
    [InlineData("images.registries is of no use without images.enabled", "images.enabled=false,images.registries.deny={a}")]
    [InlineData("enabled=false is for a chart that depends on this one", "enabled=false")]
    [InlineData("commonLabels has app.kubernetes.io/name", "commonLabels.app\\.kubernetes\\.io/name=x")]
    [InlineData("commonLabels has app.kubernetes.io/instance", "commonLabels.app\\.kubernetes\\.io/instance=x")]
    [InlineData("podLabels has app.kubernetes.io/name", "podLabels.app\\.kubernetes\\.io/name=rollout-operator")]
    [InlineData("podLabels has app.kubernetes.io/instance", "podLabels.app\\.kubernetes\\.io/instance=x")]
    [InlineData("deploymentLabels has app.kubernetes.io/name", "deploymentLabels.app\\.kubernetes\\.io/name=x")]
    [InlineData("service.labels has app.kubernetes.io/name", "service.labels.app\\.kubernetes\\.io/name=x")]
    [InlineData("pushNotifications.enabled needs pushNotifications.secretName", "pushNotifications.enabled=true")]
    [InlineData("pushNotifications.enabled is of no use", "pushNotifications.enabled=true,pushNotifications.secretName=s,images.enabled=false")]
    [InlineData("pushNotifications.port equals listenPort", "pushNotifications.enabled=true,pushNotifications.secretName=s,pushNotifications.port=8080")]
    [InlineData("dnsPolicy=None needs dnsConfig.nameservers", "dnsPolicy=None")]
    [InlineData("extraEnv has POD_NAME", "extraEnv[0].name=POD_NAME")]
    [InlineData("extraVolumes has notifications", "extraVolumes[0].name=notifications")]
    [InlineData("extraArgs has --push-notifications-listen", "extraArgs={--push-notifications-listen=:1234}")]
    [InlineData("extraArgs has --listen", "extraArgs={--listen=:9090}")]
    [InlineData("extraArgs has -n", "extraArgs={-n=shop}")]
    public Task An_invalid_combination_is_rejected_with_the_reason(string reason, string values) => RefusesAsync(reason, "--set", values);

    // Some tools skip the schema; the reasons must not depend on it.
    [Fact]
    public Task An_invalid_combination_is_rejected_without_the_schema_too() =>
        RefusesAsync("replicaCount > 1 needs leaderElection.enabled", "--skip-schema-validation", "--set", "leaderElection.enabled=false");

    private static async Task RefusesAsync(string said, params string[] arguments)
    {
        var ran = await Tool.HelmAsync(["template", "ro", Checkout.Chart, .. arguments]);
        Assert.NotEqual(0, ran.ExitCode);
        Assert.Contains(said, ran.Errors, StringComparison.Ordinal);
        Assert.Empty(ran.Output);
    }
}
