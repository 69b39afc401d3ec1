using System.Text.RegularExpressions;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>
/// The account and roles of a file in <c>examples</c>, applied with kubectl as people do. Only names differ: the operator's
/// namespace, account and roles are named after the test's namespace, and the example's <c>greetings</c> after the watched one.
/// </summary>
internal sealed partial class ExampleAccount : IAsyncDisposable
{
    private readonly TestNamespace _home;

    private ExampleAccount(TestNamespace home) => _home = home;

    public static async Task<ExampleAccount> ApplyAsync(TestNamespace home, TestNamespace watched, string example, IEnumerable<Permission> permissions)
    {
        var text = await File.ReadAllTextAsync(Repository.PathOf("examples", example));
        var own = OperatorName().Replace(text, "$1: " + home.Name);
        await home.Cluster.KubectlAsync("apply", "-f", await home.FileAsync(example, WatchedName().Replace(own, "$1: " + watched.Name)));
        await TestAccount.AuthorizedAsync(home, home.Name, permissions);
        return new(home);
    }

    /// <summary>A kubeconfig with a token of the account.</summary>
    public Task<string> KubeconfigAsync() => TestAccount.KubeconfigOfAsync(_home, _home.Name);

    // Not the namespaces, which the test deletes.
    public async ValueTask DisposeAsync() =>
        await _home.Cluster.KubectlAsync("delete", "--ignore-not-found", "clusterrole,clusterrolebinding", _home.Name);

    [GeneratedRegex("((?:^| )(?:name|namespace)): rollout-operator$", RegexOptions.Multiline)]
    private static partial Regex OperatorName();

    [GeneratedRegex("((?:^| )namespace): greetings$", RegexOptions.Multiline)]
    private static partial Regex WatchedName();
}
