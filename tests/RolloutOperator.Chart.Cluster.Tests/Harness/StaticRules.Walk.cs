using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace RolloutOperator.Chart.Cluster.Tests.Harness;

/// <summary>How the rules walk over what was rendered.</summary>
internal static partial class StaticRules
{
    private static IEnumerable<YamlNode> Deployments(Rendered rendered) => rendered.Of("Deployment");

    private static IEnumerable<(string Name, YamlNode Spec, IReadOnlyDictionary<string, string> Labels)> Pods(Rendered rendered) =>
        Deployments(rendered).Select(each => (Rendered.NameOf(each), Rendered.At(each, "spec.template.spec")!, Rendered.Map(each, "spec.template.metadata.labels")))
            .Concat(rendered.Of("Pod").Select(each => (Rendered.NameOf(each), Rendered.At(each, "spec")!, Rendered.Map(each, "metadata.labels"))));

    private static Func<Rendered, IEnumerable<string>> EachPod(Func<Rendered, YamlNode, bool> breaks) =>
        rendered => Pods(rendered).Where(pod => breaks(rendered, pod.Spec)).Select(pod => pod.Name);

    private static Func<Rendered, IEnumerable<string>> EachContainer(Func<YamlNode, YamlNode, bool> breaks) =>
        rendered => from pod in Pods(rendered)
                    from container in Rendered.Items(pod.Spec, "initContainers").Concat(Rendered.Items(pod.Spec, "containers"))
                    where breaks(pod.Spec, container)
                    select $"{pod.Name}/{Rendered.Scalar(container, "name")}";

    // What runs to its end has no probes.
    private static Func<Rendered, IEnumerable<string>> Served(string probe) =>
        rendered => from deployment in Deployments(rendered)
                    from container in Rendered.Items(deployment, "spec.template.spec.containers")
                    where Rendered.At(container, probe) is null
                    select $"{Rendered.NameOf(deployment)}/{Rendered.Scalar(container, "name")}";

    private static Func<Rendered, IEnumerable<string>> Granted(Func<string, string, bool, bool> breaks) =>
        rendered => (from role in rendered.Of("ClusterRole").Concat(rendered.Of("Role"))
                     from rule in Rendered.Items(role, "rules")
                     from apiGroup in Rendered.Texts(rule, "apiGroups")
                     from resource in Rendered.Texts(rule, "resources")
                     from verb in Rendered.Texts(rule, "verbs")
                     where breaks($"{apiGroup}/{resource}", verb, Rendered.Texts(rule, "resourceNames").Count > 0)
                     select Rendered.NameOf(role)).Distinct();

    // A container's own setting comes before that of its pod.
    private static string? Either(YamlNode pod, YamlNode container, string path) => Rendered.Scalar(container, "securityContext." + path) ?? Rendered.Scalar(pod, "securityContext." + path);

    private static bool IsAskedElsewhere(YamlNode container, string probe) =>
        (Rendered.Scalar(container, probe + ".httpGet.port") ?? Rendered.Scalar(container, probe + ".tcpSocket.port")) is { } port
        && !Rendered.Items(container, "ports").Any(each => port == Rendered.Scalar(each, "name") || port == Rendered.Scalar(each, "containerPort"));

    private static int Number(YamlNode node, string path) => int.TryParse(Rendered.Scalar(node, path), CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static bool Selects(YamlNode node, string path, IReadOnlyDictionary<string, string> labels) =>
        Rendered.Map(node, path) is { Count: > 0 } selector && selector.All(each => labels.TryGetValue(each.Key, out var value) && value == each.Value);
}
