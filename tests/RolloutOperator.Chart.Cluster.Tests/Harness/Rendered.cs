using System.Collections.Concurrent;
using YamlDotNet.RepresentationModel;

namespace RolloutOperator.Chart.Cluster.Tests.Harness;

/// <summary>What the chart makes of some values.</summary>
internal sealed class Rendered
{
    // Many tests ask for the same.
    private static readonly ConcurrentDictionary<string, Task<Rendered>> Plain = new();

    private Rendered(string text)
    {
        Text = text;
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        Objects = [.. stream.Documents.Select(document => document.RootNode).OfType<YamlMappingNode>()];
    }

    /// <summary>A Kubernetes that has all that the chart can use.</summary>
    public const string Newest = "1.34";

    public string Text { get; }

    public IReadOnlyList<YamlMappingNode> Objects { get; }

    /// <summary>Renders the chart for a release named <c>ro</c> in the namespace <c>operators</c>, for the oldest Kubernetes.</summary>
    public static Task<Rendered> OfAsync(params string[] arguments) => InAsync("operators", arguments);

    public static async Task<Rendered> InAsync(string @namespace, params string[] arguments) =>
        new((await Tool.HelmAsync(["template", "ro", Checkout.Chart, "--namespace", @namespace, "--kube-version", "1.20", .. arguments])).Succeeded());

    /// <summary>Renders one of the trials of <c>ci/</c>: a file of values, or a chart that has this one as a dependency.</summary>
    public static Task<Rendered> TrialAsync(string trial, params string[] arguments) =>
        arguments.Length == 0 ? Plain.GetOrAdd(trial, each => RenderTrialAsync(each)) : RenderTrialAsync(trial, arguments);

    private static async Task<Rendered> RenderTrialAsync(string trial, params string[] arguments) =>
        new((await Tool.HelmAsync(["template", "ro", .. await Trials.ArgumentsAsync(trial), "--namespace", "operators", "--kube-version", Newest, .. arguments])).Succeeded());

    public static string[] Trial(string file) => ["--values", Path.Combine(Checkout.Chart, "ci", file)];

    public static Rendered Parse(string text) => new(text);

    public IEnumerable<YamlMappingNode> Of(string kind) => Objects.Where(each => Scalar(each, "kind") == kind);

    public YamlMappingNode The(string kind) => Assert.Single(Of(kind));

    /// <summary>The node at a path such as <c>spec.template</c>; null when it is not there.</summary>
    public static YamlNode? At(YamlNode node, string path)
    {
        foreach (var part in path.Split('.'))
        {
            var next = node switch
            {
                YamlMappingNode map => map.Children.TryGetValue(new YamlScalarNode(part), out var value) ? value : null,
                YamlSequenceNode list => list.Children.ElementAtOrDefault(int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)),
                _ => null,
            };
            if (next is null)
            {
                return null;
            }

            node = next;
        }

        return node;
    }

    public static string? Scalar(YamlNode node, string path) => (At(node, path) as YamlScalarNode)?.Value;

    public static string NameOf(YamlNode node) => $"{Scalar(node, "kind")}/{Scalar(node, "metadata.name")}";

    public static IReadOnlyDictionary<string, string> Map(YamlNode node, string path) =>
        At(node, path) is YamlMappingNode map ? map.Children.ToDictionary(each => ((YamlScalarNode)each.Key).Value!, each => ((YamlScalarNode)each.Value).Value!) : new Dictionary<string, string>();

    public static IEnumerable<YamlNode> Items(YamlNode node, string path) => At(node, path) as YamlSequenceNode ?? [];

    public static IReadOnlyList<string> Texts(YamlNode node, string path) =>
        At(node, path) is YamlSequenceNode list ? [.. list.Children.Select(each => ((YamlScalarNode)each).Value!)] : [];
}
