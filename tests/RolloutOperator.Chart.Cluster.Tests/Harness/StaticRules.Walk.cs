using System.Globalization;
using YamlDotNet.RepresentationModel;
using static RolloutOperator.Chart.Cluster.Tests.Harness.Rendered;

namespace RolloutOperator.Chart.Cluster.Tests.Harness;

/// <summary>How the rules walk over what was rendered.</summary>
internal static partial class StaticRules
{
    private static IEnumerable<YamlNode> Deployments(Rendered rendered) => rendered.Of("Deployment");

    private static IEnumerable<(string Name, YamlNode Spec, IReadOnlyDictionary<string, string> Labels)> Pods(Rendered rendered) =>
        Deployments(rendered).Select(each => (NameOf(each), At(each, "spec.template.spec")!, Map(each, "spec.template.metadata.labels")))
            .Concat(rendered.Of("Pod").Select(each => (NameOf(each), At(each, "spec")!, Map(each, "metadata.labels"))));

    private static Func<Rendered, IEnumerable<string>> EachPod(Func<Rendered, YamlNode, bool> breaks) =>
        rendered => Pods(rendered).Where(pod => breaks(rendered, pod.Spec)).Select(pod => pod.Name);

    private static Func<Rendered, IEnumerable<string>> EachContainer(Func<YamlNode, YamlNode, bool> breaks) =>
        rendered => from pod in Pods(rendered)
            from container in Items(pod.Spec, "initContainers").Concat(Items(pod.Spec, "containers"))
            where breaks(pod.Spec, container)
            select $"{pod.Name}/{Scalar(container, "name")}";

    // What runs to its end has no probes.
    private static Func<Rendered, IEnumerable<string>> Served(string probe) =>
        rendered => from deployment in Deployments(rendered)
            from container in Items(deployment, "spec.template.spec.containers")
            where At(container, probe) is null
            select $"{NameOf(deployment)}/{Scalar(container, "name")}";

    private static Func<Rendered, IEnumerable<string>> Granted(Func<string, string, bool, bool> breaks) =>
        rendered => (from role in rendered.Of("ClusterRole").Concat(rendered.Of("Role"))
            from rule in Items(role, "rules")
            from apiGroup in Texts(rule, "apiGroups")
            from resource in Texts(rule, "resources")
            from verb in Texts(rule, "verbs")
            where breaks($"{apiGroup}/{resource}", verb, Texts(rule, "resourceNames").Count > 0)
            select NameOf(role)).Distinct();

    // A container's own setting comes before that of its pod.
    private static string? Either(YamlNode pod, YamlNode container, string path) => Scalar(container, "securityContext." + path) ?? Scalar(pod, "securityContext." + path);

    private static int Number(YamlNode node, string path) => int.TryParse(Scalar(node, path), CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static bool Selects(YamlNode node, string path, IReadOnlyDictionary<string, string> labels) =>
        Map(node, path) is { Count: > 0 } selector && selector.All(each => labels.TryGetValue(each.Key, out var value) && value == each.Value);
}
