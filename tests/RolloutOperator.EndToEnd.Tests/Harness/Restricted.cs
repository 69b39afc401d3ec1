using k8s.Models;

namespace RolloutOperator.EndToEnd.Tests.Harness;

/// <summary>
/// The Pod Security Standard <i>restricted</i>, for servers that do not know it:
/// https://kubernetes.io/docs/concepts/security/pod-security-standards/
/// </summary>
internal static class Restricted
{
    /// <summary>What the standard forbids in a pod; empty if it is allowed.</summary>
    public static IReadOnlyList<string> Violations(V1Pod pod) =>
        [.. OfPod(pod), .. Containers(pod.Spec).SelectMany(container => OfContainer(pod.Spec.SecurityContext ?? new(), container))];

    private static IEnumerable<string> OfPod(V1Pod pod)
    {
        var spec = pod.Spec;
        var checks = new (string Name, bool Holds)[]
        {
            ("hostNetwork", spec.HostNetwork != true),
            ("hostPID", spec.HostPID != true),
            ("hostIPC", spec.HostIPC != true),
            ("ephemeralContainers", spec.EphemeralContainers is null or []),
            ("sysctls", spec.SecurityContext?.Sysctls is null or []),
            ("AppArmor", pod.Annotations()?.Keys.Any(key => key.Contains("apparmor", StringComparison.Ordinal)) != true),
        };
        return checks.Where(check => !check.Holds).Select(check => check.Name)
            .Concat((spec.Volumes ?? []).Where(volume => !IsAllowed(volume)).Select(volume => "volume " + volume.Name));
    }

    private static bool IsAllowed(V1Volume volume) =>
        new object?[]
        {
            volume.ConfigMap, volume.Csi, volume.DownwardAPI, volume.EmptyDir, volume.Ephemeral, volume.PersistentVolumeClaim, volume.Projected, volume.Secret,
        }.Any(kind => kind is not null);

    private static IEnumerable<string> OfContainer(V1PodSecurityContext shared, V1Container container)
    {
        var own = container.SecurityContext ?? new();
        var checks = new (string Name, bool Holds)[]
        {
            ("privileged", own.Privileged != true),
            ("allowPrivilegeEscalation", own.AllowPrivilegeEscalation == false),
            ("runAsNonRoot", (own.RunAsNonRoot ?? shared.RunAsNonRoot) == true),
            ("runAsUser", (own.RunAsUser ?? shared.RunAsUser) != 0),
            ("seccompProfile", (own.SeccompProfile ?? shared.SeccompProfile)?.Type is "RuntimeDefault" or "Localhost"),
            ("seLinuxOptions", (own.SeLinuxOptions ?? shared.SeLinuxOptions) is null),
            ("procMount", own.ProcMount is null or "Default"),
            ("drop", own.Capabilities?.Drop?.Contains("ALL") == true),
            ("add", !(own.Capabilities?.Add ?? []).Except(["NET_BIND_SERVICE"]).Any()),
            ("hostPort", (container.Ports ?? []).All(port => port.HostPort is null or 0)),
        };
        return checks.Where(check => !check.Holds).Select(check => check.Name);
    }

    private static IEnumerable<V1Container> Containers(V1PodSpec spec) => (spec.InitContainers ?? []).Concat(spec.Containers);
}
