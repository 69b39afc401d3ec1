using System.Text.Json.Nodes;

namespace RolloutOperator.EndToEnd.Tests.Harness;

/// <summary>
/// The Pod Security Standard <i>restricted</i>, for servers that do not know it:
/// https://kubernetes.io/docs/concepts/security/pod-security-standards/
/// </summary>
internal static class Restricted
{
    private static readonly string[] Volumes =
        ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];

    /// <summary>What the standard would refuse in a pod; empty if it is allowed.</summary>
    public static IReadOnlyList<string> Violations(JsonNode pod)
    {
        var spec = pod["spec"]!;
        return [.. OfPod(pod, spec), .. Containers(spec).SelectMany(container => OfContainer(spec, container))];
    }

    private static IEnumerable<string> OfPod(JsonNode pod, JsonNode spec)
    {
        foreach (var name in new[] { "hostNetwork", "hostPID", "hostIPC" }.Where(name => Cluster.Text(spec, name) == "true"))
        {
            yield return name;
        }

        foreach (var volume in spec["volumes"]?.AsArray() ?? [])
        {
            var kinds = volume!.AsObject().Select(each => each.Key).Where(key => key != "name").ToList();
            if (kinds.Except(Volumes).Any())
            {
                yield return $"volume {string.Join(' ', kinds)}";
            }
        }

        if (spec["securityContext"]?["sysctls"] is not null)
        {
            yield return "sysctls";
        }

        if (pod["metadata"]?["annotations"]?.AsObject().Any(each => each.Key.Contains("apparmor", StringComparison.Ordinal)) == true)
        {
            yield return "AppArmor";
        }
    }

    private static IEnumerable<string> OfContainer(JsonNode spec, JsonNode container)
    {
        var own = container["securityContext"];
        string Setting(params string[] path) => own is not null && Cluster.Text(own, path) is { Length: > 0 } value ? value
            : spec["securityContext"] is { } shared ? Cluster.Text(shared, path) : "";
        var checks = new (string Name, bool Holds)[]
        {
            ("privileged", Setting("privileged") != "true"),
            ("allowPrivilegeEscalation", Setting("allowPrivilegeEscalation") == "false"),
            ("runAsNonRoot", Setting("runAsNonRoot") == "true"),
            ("runAsUser", Setting("runAsUser") != "0"),
            ("seccompProfile", Setting("seccompProfile", "type") is "RuntimeDefault" or "Localhost"),
            ("seLinuxOptions", Setting("seLinuxOptions") == ""),
            ("procMount", Setting("procMount") is "" or "Default"),
            ("drop", Texts(own?["capabilities"]?["drop"]).Contains("ALL")),
            ("add", !Texts(own?["capabilities"]?["add"]).Except(["NET_BIND_SERVICE"]).Any()),
            ("hostPort", (container["ports"]?.AsArray() ?? []).All(port => Cluster.Text(port!, "hostPort") is "" or "0")),
        };
        return checks.Where(check => !check.Holds).Select(check => check.Name);
    }

    private static IEnumerable<JsonNode> Containers(JsonNode spec) =>
        new[] { "initContainers", "containers", "ephemeralContainers" }.SelectMany(kind => spec[kind]?.AsArray() ?? []).Select(each => each!);

    private static IEnumerable<string> Texts(JsonNode? list) => (list?.AsArray() ?? []).Select(each => each!.ToString());
}
