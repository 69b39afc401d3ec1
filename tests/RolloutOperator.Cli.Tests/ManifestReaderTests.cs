using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Manifests;
using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Tests;

/// <summary>Files, folders and the standard input, in the order of kubectl.</summary>
public sealed class ManifestReaderTests : IDisposable
{
    private const string One = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("manifests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Folders_are_read_in_the_order_of_names_and_deeper_ones_on_request()
    {
        Write("b.yaml", Named("b"));
        Write("a.yml", Named("a"));
        Write("c.json", """{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}} {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "d"}}""");
        Write("notes.txt", "{");
        Write(Path.Combine("aa", "e.yaml"), Named("e"));
        Assert.Equal(["a", "b", "c", "d"], (await ReadAsync([_folder])).Select(each => each.Name));
        Assert.Equal(["a", "e", "b", "c", "d"], (await new ManifestReader(TextReader.Null, "shop").ReadAsync([_folder], recursive: true, TestContext.Current.CancellationToken))
            .Select(each => each.Name));
    }

    [Fact]
    public async Task Lists_are_their_items_and_a_namespace_is_given_to_those_without()
    {
        var manifests = await ReadAsync(["-"], """
            apiVersion: v1
            kind: List
            items:
            - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
            - {apiVersion: apps/v1, kind: Deployment, metadata: {name: b, namespace: own}}
            ---
            apiVersion: v1
            kind: SecretList
            items: [{metadata: {name: c}}]
            ---
            {apiVersion: v1, kind: Namespace, metadata: {name: d}}
            """);
        Assert.Equal(
            [("", "ConfigMap", "shop", "a"), ("apps", "Deployment", "own", "b"), ("", "Secret", "shop", "c"), ("", "Namespace", "d", "d")],
            manifests.Select(each => (each.Group, each.Kind, each.Namespace, each.Name)));
        Assert.Equal("standard input, document 1, line 1, item 2", manifests[1].Where);
        Assert.Equal("shop", manifests[0].Object["metadata"]!["namespace"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("a: 1", "standard input, document 1, line 1: this is no object of Kubernetes, since it has no apiVersion and kind")]
    [InlineData(One + "---\napiVersion: v1\nkind: Secret\ndata: {a: canary}", "standard input, document 2, line 5: the Secret has no metadata.name")]
    [InlineData("{\"a\": canary", "standard input, document 1, line 1: this is not valid JSON")]
    [InlineData("{\"a\": \"canary\",\n\"b\" 1]", "standard input, document 1, line 2: this is not valid JSON")]
    [InlineData("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization", "this is a kustomization, not what it builds")]
    [InlineData("kind: {{ .Values.kind }}", "Pipe what `helm template` prints to -f -")]
    public async Task What_is_wrong_is_said_with_its_place_and_without_values(string text, string message)
    {
        var refused = await Assert.ThrowsAsync<CommandException>(() => ReadAsync(["-"], text));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_there_or_no_text_is_named()
    {
        Assert.Contains("nowhere", (await Assert.ThrowsAsync<CommandException>(() => ReadAsync(["nowhere"]))).Message, StringComparison.Ordinal);
        await File.WriteAllBytesAsync(Path.Combine(_folder, "x.yaml"), [0x61, 0xff, 0xfe, 0xfd], TestContext.Current.CancellationToken);
        Assert.Contains("x.yaml: the file is not UTF-8", (await Assert.ThrowsAsync<CommandException>(() => ReadAsync([_folder]))).Message, StringComparison.Ordinal);
        Assert.Contains("pipe it to -f -", (await Assert.ThrowsAsync<CommandException>(() => ReadAsync(["https://example.com/a.yaml"]))).Message, StringComparison.Ordinal);
    }

    private static string Named(string name) => $"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n";

    private static Task<IReadOnlyList<Manifest>> ReadAsync(string[] paths, string input = "") =>
        new ManifestReader(new StringReader(input), "shop").ReadAsync(paths, recursive: false, TestContext.Current.CancellationToken);

    private void Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
