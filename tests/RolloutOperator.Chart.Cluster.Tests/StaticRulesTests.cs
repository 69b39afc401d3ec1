using System.IO.Enumeration;
using System.Text.RegularExpressions;
using RolloutOperator.Chart.Cluster.Tests.Harness;

namespace RolloutOperator.Chart.Cluster.Tests;

/// <summary>
/// What static checkers would find in every trial of the chart is accepted with a reason, in the table of docs/security.md,
/// or is not there.
/// </summary>
public sealed partial class StaticRulesTests
{
    // What a release for nobody in particular has.
    private const string Plain = "default-values.yaml";

    private static readonly Lazy<IReadOnlyList<Accepted>> Table = new(() =>
        [.. Row().Matches(Checkout.Read("docs", "security.md")).Select(row => new Accepted(row.Groups[1].Value, row.Groups[2].Value, row.Groups[3].Value.Trim('`'), row.Groups[4].Value))]);

    public static TheoryData<string> All => [.. Trials.All];

    public static TheoryData<string, string, string> Broken => new()
    {
        { "run-as-non-root", "runAsNonRoot: true", "runAsNonRoot: false" },
        { "no-read-only-root-fs", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false" },
        { "privilege-escalation-container", "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true" },
        { "privileged-container", "allowPrivilegeEscalation: false", "privileged: true" },
        { "drop-all-capabilities", "- ALL", "- NET_RAW" },
        { "seccomp-profile", "type: RuntimeDefault", "type: Unconfined" },
        { "unset-requests", "cpu: 50m", "ephemeral-storage: 1Gi" },
        { "unset-memory-limit", "memory: 256Mi", "cpu: 1" },
        { "no-liveness-probe", "livenessProbe:", "otherProbe:" },
        { "no-readiness-probe", "readinessProbe:", "otherProbe:" },
        { "latest-tag", "rollout-operator:0.1.0\"", "rollout-operator:latest\"" },
        { "latest-tag", "rollout-operator:0.1.0\"", "rollout-operator\"" },
        { "env-var-secret", "fieldRef:", "secretKeyRef:" },
        { "env-var-secret", "name: POD_NAME\n              valueFrom:", "name: API_TOKEN\n              value: x\n              valueFrom:" },
        { "duplicate-env-var", "- name: POD_NAME", "- name: POD_NAME\n            - name: POD_NAME" },
        { "host-port", "containerPort: 8080", "hostPort: 8080" },
        { "privileged-ports", "containerPort: 8080", "containerPort: 80" },
        { "probe-port", "port: http\n            periodSeconds: 5", "port: health\n            periodSeconds: 5" },
        { "host-network", "terminationGracePeriodSeconds: 15", "hostNetwork: true" },
        { "host-pid-and-ipc", "terminationGracePeriodSeconds: 15", "hostPID: true" },
        { "sensitive-host-mounts", "terminationGracePeriodSeconds: 15", "volumes: [{ name: x, hostPath: { path: /etc } }]" },
        { "default-service-account", "serviceAccountName: ro-rollout-operator", "serviceAccountName: default" },
        { "non-existent-service-account", "serviceAccountName: ro-rollout-operator", "serviceAccountName: other" },
        { "enable-service-links", "enableServiceLinks: false", "enableServiceLinks: true" },
        { "no-topology-spread", "topologyKey: kubernetes.io/hostname", "topologyKey: topology.kubernetes.io/region" },
        { "no-rolling-update-strategy", "type: RollingUpdate", "type: Recreate" },
        { "no-pod-disruption-budget", "kind: PodDisruptionBudget", "kind: Other" },
        { "pdb-blocks-drains", "minAvailable: 1", "minAvailable: 2" },
        { "pdb-unhealthy-pod-eviction-policy", "unhealthyPodEvictionPolicy: AlwaysAllow", "other: AlwaysAllow" },
        { "mismatching-selector", "matchLabels:\n      app.kubernetes.io/name: rollout-operator\n", "matchLabels:\n      app.kubernetes.io/name: other\n" },
        { "dangling-service", "selector:\n    app.kubernetes.io/name: rollout-operator\n", "selector:\n    app.kubernetes.io/name: other\n" },
        { "dangling-policy", "kind: PodDisruptionBudget", "kind: NetworkPolicy" },
        { "invalid-target-ports", "targetPort: http", "targetPort: https" },
        { "exposed-services", "type: ClusterIP", "type: LoadBalancer" },
        { "wildcard-in-rules", "verbs: [list, watch, patch]", "verbs: ['*']" },
        { "access-to-create-pods", "resources: [deployments, statefulsets, daemonsets]\n    verbs: [list, watch, patch]\n", "resources: [x]\n    verbs: [get]\n  - apiGroups: ['']\n    resources: [pods]\n    verbs: [create]\n" },
        { "dangerous-rights", "verbs: [list, watch, patch]", "verbs: [delete]" },
        { "cluster-admin-role-binding", "kind: ClusterRole\n  name: operators-ro-rollout-operator", "kind: ClusterRole\n  name: cluster-admin" },
        { "use-namespace", "namespace: operators\n", "namespace: default\n" },
        { "recommended-labels", "app.kubernetes.io/part-of: rollout-operator", "other: x" },
        { "no-beta-api", "apiVersion: policy/v1", "apiVersion: policy/v1beta1" },
    };

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_finding_has_a_written_reason(string trial)
    {
        var rendered = await Rendered.TrialAsync(trial);
        var open = StaticRules.All.SelectMany(rule => rule.Value(rendered).Select(name => (Rule: rule.Key, Name: name)))
            .Where(finding => !Table.Value.Any(each => each.Covers(finding.Rule, finding.Name, trial))).ToArray();
        Assert.True(open.Length == 0, $"docs/security.md has no reason for: {string.Join(", ", open)}");
    }

    [Fact]
    public async Task A_reason_is_for_a_finding_that_there_is()
    {
        Assert.NotEmpty(Table.Value);
        List<(string, string, string)> findings = [];
        foreach (var trial in Trials.All)
        {
            var rendered = await Rendered.TrialAsync(trial);
            findings.AddRange(StaticRules.All.SelectMany(rule => rule.Value(rendered).Select(name => (rule.Key, name, trial))));
        }

        Assert.All(Table.Value, row =>
        {
            Assert.InRange(row.Reason.Length, 20, 400);
            Assert.Contains(findings, finding => row.Covers(finding.Item1, finding.Item2, finding.Item3));
        });
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task A_rule_finds_what_breaks_it(string rule, string written, string broken)
    {
        var rendered = await Rendered.TrialAsync(Plain);
        Assert.Contains(written, rendered.Text, StringComparison.Ordinal);
        Assert.Empty(StaticRules.All[rule](rendered));
        Assert.NotEmpty(StaticRules.All[rule](Rendered.Parse(rendered.Text.Replace(written, broken, StringComparison.Ordinal))));
    }

    // Those of the table find something in the chart as it is.
    [Fact]
    public void Every_rule_is_seen_to_find_something() =>
        Assert.Equal(
            StaticRules.All.Keys.Order(StringComparer.Ordinal),
            Broken.Select(row => row.Data.Item1).Concat(Table.Value.Select(row => row.Rule)).Distinct().Order(StringComparer.Ordinal));

    [GeneratedRegex(@"^\| `([a-z-]+)` \| `([A-Za-z/*-]+)` \| (every release|`ci/[a-z/-]+(?:\.yaml)?`) \| (.+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    private sealed record Accepted(string Rule, string Object, string With, string Reason)
    {
        public bool Covers(string rule, string name, string trial) =>
            rule == Rule && FileSystemName.MatchesSimpleExpression(Object, name, ignoreCase: false) && (With == "every release" || With == "ci/" + trial);
    }
}
