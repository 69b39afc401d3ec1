extern alias library;

using library::k8s;

namespace RolloutOperator.Kubernetes.Tests;

/// <summary>What KubernetesClient's configuration classes do where the operator reads kubeconfig and runs plugins itself (ADR 20).</summary>
public sealed class LibraryBehaviourConfigurationTests : IDisposable
{
    private const string Nowhere = "server: 'https://127.0.0.1:1'";

    private readonly string _directory = Directory.CreateTempSubdirectory("library-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task The_proxy_of_a_cluster_and_the_impersonation_of_a_user_are_ignored()
    {
        await using ApiServer server = await ApiServer.StartAsync(context => context.JsonAsync("""{"gitVersion":"v1"}"""));
        using var client = new library::k8s.Kubernetes(Load($"server: {server.Address}, proxy-url: 'http://127.0.0.1:1'", "token: t, as: admin"));
        await client.Version.GetCodeAsync(Token);
        Assert.DoesNotContain("Impersonate-User", Assert.Single(server.Requests).Headers.Keys);
    }

    [Theory]
    [InlineData("tokenFile: token")]
    [InlineData("")]
    public void A_token_file_and_a_user_without_credentials_are_refused(string user)
    {
        Write("token", "t");
        Assert.Throws<library::k8s.Exceptions.KubeConfigException>(() => Load(Nowhere, user));
    }

    [Fact]
    public void A_plugin_gets_its_arguments_split_at_blanks()
    {
        string seen = Path.Combine(_directory, "seen");
        Load(Nowhere, $"exec: {{apiVersion: client.authentication.k8s.io/v1, command: {Plugin($"echo $# >> {seen}")}, args: ['two words']}}");
        Assert.Equal("2\n", File.ReadAllText(seen));
    }

    [Fact]
    public void The_exit_code_of_a_plugin_is_ignored()
    {
        KubernetesClientConfiguration config = Load(Nowhere, $"exec: {{apiVersion: client.authentication.k8s.io/v1, command: {Plugin("", exit: 3)}}}");
        Assert.NotNull(config.TokenProvider);
    }

    [Fact]
    public void A_plugin_beside_its_kubeconfig_is_not_found()
    {
        Plugin("");
        Assert.ThrowsAny<Exception>(() => Load(Nowhere, "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin.sh}"));
    }

    [Fact]
    public async Task A_plugin_runs_twice_at_the_start_and_not_again_after_a_401()
    {
        string runs = Path.Combine(_directory, "runs");
        await using ApiServer server = await ApiServer.StartAsync(context => context.StatusAsync(401, "Unauthorized"));
        using var client = new library::k8s.Kubernetes(Load($"server: {server.Address}", $"exec: {{apiVersion: client.authentication.k8s.io/v1, command: {Plugin($"echo x >> {runs}")}}}"));
        await Assert.ThrowsAnyAsync<Exception>(() => client.Version.GetCodeAsync(Token));
        await Assert.ThrowsAnyAsync<Exception>(() => client.Version.GetCodeAsync(Token));
        Assert.Equal(2, server.Requests.Count);
        Assert.Equal(2, (await File.ReadAllLinesAsync(runs, Token)).Length);
    }

    private KubernetesClientConfiguration Load(string cluster, string user) => KubernetesClientConfiguration.BuildConfigFromConfigFile(Kubeconfig(cluster, user));

    private string Kubeconfig(string cluster, string user) => Write("config", $$$"""
        current-context: c
        contexts: [{name: c, context: {cluster: c, user: u}}]
        clusters: [{name: c, cluster: { {{{cluster}}} }}]
        users: [{name: u, user: { {{{user}}} }}]
        """);

    private string Plugin(string script, int exit = 0)
    {
        string file = Write("plugin.sh", $$$"""
            #!/bin/sh
            {{{script}}}
            echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t"}}'
            exit {{{exit}}}
            """);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return file;
    }

    private string Write(string name, string text)
    {
        string file = Path.Combine(_directory, name);
        File.WriteAllText(file, text);
        return file;
    }
}
