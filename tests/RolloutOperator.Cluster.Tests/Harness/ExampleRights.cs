using System.Text.RegularExpressions;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>
/// What a file of <c>examples</c> grants, word for word but for names: the operator's namespace, its account and all roles
/// are called as the test's namespace is, and the example's <c>greetings</c> as the one that is watched.
/// </summary>
public sealed partial class ExampleRights : IAsyncDisposable
{
    private readonly TestNamespace _home;
    private readonly string _file;

    private ExampleRights(TestNamespace home, string file) => (_home, _file) = (home, file);

    public static async Task<ExampleRights> ApplyAsync(TestNamespace home, TestNamespace watched, string example)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Root(), "examples", example));
        var own = OperatorName().Replace(text, "$1: " + home.Name);
        var rights = new ExampleRights(home, await home.FileAsync(example, WatchedName().Replace(own, "$1: " + watched.Name)));
        await home.Cluster.KubectlAsync("apply", "-f", rights._file);
        return rights;
    }

    /// <summary>Waits until the account that has them is allowed each of these.</summary>
    public Task KnownAsync(IEnumerable<KubeAccess> accesses) => AccessReview.KnownAsync(_home, _home.Name, accesses);

    /// <summary>A kubeconfig of the account that has them.</summary>
    public Task<string> KubeconfigAsync() => new RestrictedUser(_home).KubeconfigOfAsync(_home.Name);

    // Not the namespaces, which are the test's to delete.
    public async ValueTask DisposeAsync() =>
        await _home.Cluster.KubectlAsync("delete", "--ignore-not-found", "clusterrole,clusterrolebinding", _home.Name);

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "RolloutOperator.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }

    [GeneratedRegex("((?:^| )(?:name|namespace)): rollout-operator$", RegexOptions.Multiline)]
    private static partial Regex OperatorName();

    [GeneratedRegex("((?:^| )namespace): greetings$", RegexOptions.Multiline)]
    private static partial Regex WatchedName();
}
