using static RolloutOperator.Chart.Cluster.Tests.Harness.Rendered;

namespace RolloutOperator.Chart.Cluster.Tests.Harness;

/// <summary>
/// What static checkers of manifests ask for, under the names of kube-linter where it has one. The comments name the control
/// of kubescape. A rule gives the names of the objects that break it.
/// </summary>
internal static partial class StaticRules
{
    private static readonly string[] Recommended =
        ["app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/version", "app.kubernetes.io/managed-by", "app.kubernetes.io/part-of", "helm.sh/chart"];

    private static readonly string[] Probes = ["startupProbe", "livenessProbe", "readinessProbe"];

    private static readonly string[] SecretWords = ["SECRET", "PASSWORD", "TOKEN", "PRIVATE_KEY", "API_KEY"];

    public static IReadOnlyDictionary<string, Func<Rendered, IEnumerable<string>>> All { get; } = new Dictionary<string, Func<Rendered, IEnumerable<string>>>
    {
        // C-0013
        ["run-as-non-root"] = EachContainer((pod, container) => Either(pod, container, "runAsNonRoot") != "true" || Either(pod, container, "runAsUser") == "0"),

        // C-0017
        ["no-read-only-root-fs"] = EachContainer((_, container) => Scalar(container, "securityContext.readOnlyRootFilesystem") != "true"),

        // C-0016
        ["privilege-escalation-container"] = EachContainer((_, container) => Scalar(container, "securityContext.allowPrivilegeEscalation") != "false"),

        // C-0057
        ["privileged-container"] = EachContainer((_, container) => Scalar(container, "securityContext.privileged") == "true"),

        // C-0046
        ["drop-all-capabilities"] = EachContainer((_, container) =>
            !Texts(container, "securityContext.capabilities.drop").Contains("ALL") || Texts(container, "securityContext.capabilities.add").Count > 0),

        // C-0210
        ["seccomp-profile"] = EachContainer((pod, container) => Either(pod, container, "seccompProfile.type") is not ("RuntimeDefault" or "Localhost")),

        // C-0268, C-0269
        ["unset-requests"] = EachContainer((_, container) => Scalar(container, "resources.requests.cpu") is null || Scalar(container, "resources.requests.memory") is null),

        // C-0271
        ["unset-memory-limit"] = EachContainer((_, container) => Scalar(container, "resources.limits.memory") is null),

        // C-0270
        ["unset-cpu-limit"] = EachContainer((_, container) => Scalar(container, "resources.limits.cpu") is null),

        // C-0056, C-0018
        ["no-liveness-probe"] = Served("livenessProbe"),
        ["no-readiness-probe"] = Served("readinessProbe"),

        // C-0075
        ["latest-tag"] = EachContainer((_, container) => IsMovable(Scalar(container, "image")!)),

        // C-0207
        ["env-var-secret"] = EachContainer((_, container) =>
            Items(container, "env").Any(each => At(each, "valueFrom.secretKeyRef") is not null || IsSecretName(Scalar(each, "name")!) && Scalar(each, "value") is not null)
            || Items(container, "envFrom").Any(each => At(each, "secretRef") is not null)),
        ["duplicate-env-var"] = EachContainer((_, container) =>
            Items(container, "env").Select(each => Scalar(each, "name")).ToArray() is var names && names.Distinct().Count() != names.Length),

        // C-0044
        ["host-port"] = EachContainer((_, container) => Items(container, "ports").Any(each => Scalar(each, "hostPort") is not null)),
        ["privileged-ports"] = EachContainer((_, container) => Items(container, "ports").Any(each => Number(each, "containerPort") < 1024)),
        ["probe-port"] = EachContainer((_, container) => Probes.Any(probe => IsAskedElsewhere(container, probe))),

        // C-0041, C-0038
        ["host-network"] = EachPod((_, pod) => Scalar(pod, "hostNetwork") == "true"),
        ["host-pid-and-ipc"] = EachPod((_, pod) => Scalar(pod, "hostPID") == "true" || Scalar(pod, "hostIPC") == "true" || Scalar(pod, "shareProcessNamespace") == "true"),

        // C-0048, C-0045, C-0074
        ["sensitive-host-mounts"] = EachPod((_, pod) => Items(pod, "volumes").Any(each => At(each, "hostPath") is not null)),

        // C-0189
        ["default-service-account"] = EachPod((_, pod) => Scalar(pod, "serviceAccountName") is null or "default"),
        ["non-existent-service-account"] = EachPod((rendered, pod) =>
            !rendered.Of("ServiceAccount").Any(each => Scalar(each, "metadata.name") == Scalar(pod, "serviceAccountName"))),

        // C-0034, C-0190
        ["automount-service-account-token"] = EachPod((_, pod) => Scalar(pod, "automountServiceAccountToken") != "false"),
        ["enable-service-links"] = EachPod((_, pod) => Scalar(pod, "enableServiceLinks") != "false"),

        // C-0030, C-0260
        ["non-isolated-pod"] = rendered => Pods(rendered).Where(pod => !rendered.Of("NetworkPolicy").Any(policy => Selects(policy, "spec.podSelector.matchLabels", pod.Labels))).Select(pod => pod.Name),
        ["no-anti-affinity"] = rendered => Deployments(rendered).Where(each => Number(each, "spec.replicas") > 1 && At(each, "spec.template.spec.affinity.podAntiAffinity") is null).Select(NameOf),
        ["no-topology-spread"] = rendered => Deployments(rendered).Where(each => Number(each, "spec.replicas") > 1
            && !Items(each, "spec.template.spec.topologySpreadConstraints").Any(spread => Scalar(spread, "topologyKey") == "kubernetes.io/hostname")).Select(NameOf),
        ["minimum-three-replicas"] = rendered => Deployments(rendered).Where(each => Number(each, "spec.replicas") < 3).Select(NameOf),
        ["no-rolling-update-strategy"] = rendered => Deployments(rendered).Where(each => Scalar(each, "spec.strategy.type") != "RollingUpdate").Select(NameOf),
        ["no-pod-disruption-budget"] = rendered => Deployments(rendered).Where(each => Number(each, "spec.replicas") > 1
            && !rendered.Of("PodDisruptionBudget").Any(budget => Selects(budget, "spec.selector.matchLabels", Map(each, "spec.template.metadata.labels")))).Select(NameOf),
        ["pdb-blocks-drains"] = rendered => rendered.Of("PodDisruptionBudget").Where(budget => Scalar(budget, "spec.maxUnavailable") is "0" or "0%"
            || Deployments(rendered).Any(each => Selects(budget, "spec.selector.matchLabels", Map(each, "spec.template.metadata.labels"))
                && (Scalar(budget, "spec.minAvailable") == "100%" || Number(budget, "spec.minAvailable") >= Number(each, "spec.replicas")))).Select(NameOf),
        ["pdb-unhealthy-pod-eviction-policy"] = rendered => rendered.Of("PodDisruptionBudget").Where(each => Scalar(each, "spec.unhealthyPodEvictionPolicy") is null).Select(NameOf),
        ["mismatching-selector"] = rendered => Deployments(rendered).Where(each => !Selects(each, "spec.selector.matchLabels", Map(each, "spec.template.metadata.labels"))).Select(NameOf),
        ["dangling-service"] = rendered => rendered.Of("Service").Where(each => !Pods(rendered).Any(pod => Selects(each, "spec.selector", pod.Labels))).Select(NameOf),
        ["dangling-policy"] = rendered => rendered.Of("NetworkPolicy").Where(each => !Pods(rendered).Any(pod => Selects(each, "spec.podSelector.matchLabels", pod.Labels))).Select(NameOf),
        ["invalid-target-ports"] = rendered => rendered.Of("Service").Where(service => Items(service, "spec.ports").Any(port => !Deployments(rendered).Any(each =>
            Items(each, "spec.template.spec.containers.0.ports").Any(there => Scalar(there, "name") == Scalar(port, "targetPort"))))).Select(NameOf),
        ["exposed-services"] = rendered => rendered.Of("Service").Where(each => Scalar(each, "spec.type") is "NodePort" or "LoadBalancer").Select(NameOf),

        // C-0187
        ["wildcard-in-rules"] = Granted((resource, verb, _) => resource.Contains('*', StringComparison.Ordinal) || verb == "*"),

        // C-0015
        ["access-to-secrets"] = Granted((resource, verb, named) => resource == "/secrets" && !named && (verb is "get" or "list" or "watch")),

        // C-0188
        ["access-to-create-pods"] = Granted((resource, verb, _) => resource == "/pods" && verb == "create"),
        ["access-to-patch-workloads"] = Granted((resource, verb, _) => resource.StartsWith("apps/", StringComparison.Ordinal) && (verb is "create" or "update" or "patch")),

        // C-0007, C-0065, C-0002
        ["dangerous-rights"] = Granted((resource, verb, _) =>
            verb is "delete" or "deletecollection" or "impersonate" or "escalate" or "bind" || resource is "/pods/exec" or "/pods/portforward" or "/nodes/proxy" or "/serviceaccounts/token"),

        // C-0035
        ["cluster-admin-role-binding"] = rendered => rendered.Of("ClusterRoleBinding").Concat(rendered.Of("RoleBinding")).Where(each => Scalar(each, "roleRef.name") == "cluster-admin").Select(NameOf),

        // C-0061, C-0212
        ["use-namespace"] = rendered => rendered.Objects.Where(each => !NameOf(each).StartsWith("Cluster", StringComparison.Ordinal) && Scalar(each, "metadata.namespace") is null or "default").Select(NameOf),

        // C-0077
        ["recommended-labels"] = rendered => rendered.Objects.Where(each => !Recommended.All(Map(each, "metadata.labels").ContainsKey)).Select(NameOf)
            .Concat(Deployments(rendered).Where(each => !Recommended.All(Map(each, "spec.template.metadata.labels").ContainsKey)).Select(NameOf)),

        // C-0273
        ["no-beta-api"] = rendered => rendered.Objects.Where(each => Scalar(each, "apiVersion")!.Contains("beta", StringComparison.Ordinal) || Scalar(each, "apiVersion")!.StartsWith("extensions/", StringComparison.Ordinal)).Select(NameOf),
    };

    private static bool IsSecretName(string name) => SecretWords.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase));

    private static bool IsMovable(string image) =>
        !image.Contains('@', StringComparison.Ordinal) && (image.LastIndexOf(':') <= image.LastIndexOf('/') || image.EndsWith(":latest", StringComparison.Ordinal));
}
