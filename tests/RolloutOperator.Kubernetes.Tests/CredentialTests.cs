using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace RolloutOperator.Kubernetes.Tests;

public sealed class CredentialTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("credential-").FullName;
    private readonly TestClock _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_token_file_is_read_again_after_a_minute_and_not_before()
    {
        string file = Write("token", "first\n");
        await using ApiServer server = await ApiServer.StartAsync(context => context.JsonAsync("""{"gitVersion":"v1"}"""));
        using KubeClient client = server.Client(_time, new KubeCredential.TokenFile(file));
        await client.GetServerVersionAsync(Token);
        Write("token", "second");
        _time.Advance(TimeSpan.FromSeconds(59));
        await client.GetServerVersionAsync(Token);
        _time.Advance(TimeSpan.FromSeconds(1));
        await client.GetServerVersionAsync(Token);
        File.Delete(file);
        _time.Advance(TimeSpan.FromSeconds(60));
        await client.GetServerVersionAsync(Token);
        Assert.Equal(["Bearer first", "Bearer first", "Bearer second", "Bearer second"], Sent(server));
    }

    [Fact]
    public async Task A_401_reads_the_token_file_at_once_and_the_request_is_sent_again_if_it_changed()
    {
        string file = Write("token", "old");
        await using ApiServer server = await RequireAsync("Bearer new");
        using KubeClient client = server.Client(_time, new KubeCredential.TokenFile(file));
        var failure = await Assert.ThrowsAsync<KubeApiException>(() => client.GetServerVersionAsync(Token));
        Assert.True(failure.IsUnauthorized);
        Assert.Equal(["Bearer old"], Sent(server));
        Write("token", "new");
        Assert.Equal("v1", await client.GetServerVersionAsync(Token));
        Assert.Equal(["Bearer old", "Bearer old", "Bearer new"], Sent(server));
    }

    [Fact]
    public async Task A_401_with_a_fixed_token_is_final()
    {
        await using ApiServer server = await RequireAsync("Bearer other");
        using KubeClient client = server.Client(_time, new KubeCredential.Token("this"));
        await Assert.ThrowsAsync<KubeApiException>(() => client.GetServerVersionAsync(Token));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_missing_token_file_is_named()
    {
        await using ApiServer server = await RequireAsync("");
        using KubeClient client = server.Client(_time, new KubeCredential.TokenFile(Path.Combine(_directory, "none")));
        var failure = await Assert.ThrowsAsync<KubeConfigException>(() => client.GetServerVersionAsync(Token));
        Assert.Contains(Path.Combine(_directory, "none"), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_and_a_password_are_basic_authentication()
    {
        await using ApiServer server = await RequireAsync("Basic w7w6cMOkOnNz");
        using KubeClient client = server.Client(_time, new KubeCredential.Basic("ü", "pä:ss"));
        Assert.Equal("v1", await client.GetServerVersionAsync(Token));
    }

    [Fact]
    public async Task A_plugin_is_run_once_until_its_credential_expires()
    {
        string count = Path.Combine(_directory, "count");
        string expires = _time.GetUtcNow().AddMinutes(10).UtcDateTime.ToString("s", CultureInfo.InvariantCulture) + "Z";
        ExecCommand plugin = Plugin($$$"""echo x >> {{{count}}}; echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'"t$(wc -l < {{{count}}} | tr -d ' ')"'","expirationTimestamp":"{{{expires}}}"}}'""");
        await using ApiServer server = await ApiServer.StartAsync(context => context.JsonAsync("""{"gitVersion":"v1"}"""));
        using KubeClient client = server.Client(_time, new KubeCredential.Exec(plugin));
        await client.GetServerVersionAsync(Token);
        await client.GetServerVersionAsync(Token);
        _time.Advance(TimeSpan.FromMinutes(10));
        await client.GetServerVersionAsync(Token);
        Assert.Equal(["Bearer t1", "Bearer t1", "Bearer t2"], Sent(server));
    }

    [Fact]
    public async Task A_plugin_is_run_again_after_a_401_but_not_for_each()
    {
        string count = Path.Combine(_directory, "count");
        ExecCommand plugin = Plugin($"echo x >> {count}; " + Printing("same"));
        await using ApiServer server = await RequireAsync("Bearer other");
        using KubeClient client = server.Client(_time, new KubeCredential.Exec(plugin));
        await Assert.ThrowsAsync<KubeApiException>(() => client.GetServerVersionAsync(Token));
        await Assert.ThrowsAsync<KubeApiException>(() => client.GetServerVersionAsync(Token));
        Assert.Single(await File.ReadAllLinesAsync(count, Token));
        _time.Advance(TimeSpan.FromSeconds(10));
        await Assert.ThrowsAsync<KubeApiException>(() => client.GetServerVersionAsync(Token));
        Assert.Equal(2, (await File.ReadAllLinesAsync(count, Token)).Length);
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task A_plugin_gets_its_arguments_variables_and_requested_cluster_info()
    {
        string seen = Path.Combine(_directory, "seen");
        ExecCommand plugin = Plugin($"printf '%s|%s|%s|%s' \"$1\" \"$2\" \"$COLOUR\" \"$KUBERNETES_EXEC_INFO\" > {seen}; cat; " + Printing("t")) with
        {
            Arguments = ["a b", "$HOME"],
            Environment = [new("COLOUR", "blue")],
            ProvideClusterInfo = true,
            ClusterConfigJson = """{"audience":"x"}""",
        };
        await using ApiServer server = await RequireAsync("Bearer t");
        using KubeClient client = server.Client(_time, new KubeCredential.Exec(plugin));
        await client.GetServerVersionAsync(Token);
        Assert.Equal(
            "a b|$HOME|blue|{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"spec\":{\"interactive\":false,\"cluster\":{\"server\":\"" + server.Address.OriginalString + "\",\"config\":{\"audience\":\"x\"}}}}",
            await File.ReadAllTextAsync(seen, Token));
    }

    [Fact]
    public async Task A_plugin_may_give_a_client_certificate_and_rotate_it()
    {
        var authority = CertificateAuthority.CreateRoot("ours");
        var subjects = new List<string?>();
        string output = Path.Combine(_directory, "output");
        ExecCommand plugin = Plugin($"cat {output}");
        await using ApiServer server = await TlsTests.StartAsync(authority.ForServer("127.0.0.1"), TlsTests.RequireClient, context => subjects.Add(context.Connection.ClientCertificate?.Subject));
        using var client = new KubeClient(server.Endpoint with { CertificateAuthorities = [authority.Certificate], Credential = new KubeCredential.Exec(plugin) }, _time, () => 0);
        foreach (string name in (string[])["one", "two"])
        {
            using var certificate = authority.ForClient(name);
            string pem = certificate.ExportCertificatePem().ReplaceLineEndings("\\n");
            string key = certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem().ReplaceLineEndings("\\n");
            string expires = _time.GetUtcNow().AddMinutes(10).UtcDateTime.ToString("s", CultureInfo.InvariantCulture) + "Z";
            Write("output", $$$"""{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"clientCertificateData":"{{{pem}}}","clientKeyData":"{{{key}}}","expirationTimestamp":"{{{expires}}}"}}""");
            await client.GetServerVersionAsync(Token);
            _time.Advance(TimeSpan.FromMinutes(10));
        }

        Assert.Equal(["CN=one", "CN=two"], subjects);
    }

    public static TheoryData<string, string> BadPlugins => new()
    {
        { "echo ignored >&2; echo 'please log in' >&2; exit 3", "exited with code 3: please log in" },
        { "echo canary", "did not print an ExecCredential in JSON" },
        { "echo '{\"apiVersion\":\"client.authentication.k8s.io/v1beta1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"canary\"}}'", "printed ExecCredential of client.authentication.k8s.io/v1beta1 where ExecCredential of client.authentication.k8s.io/v1 is expected" },
        { "echo '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\"}'", "printed no status" },
        { "echo '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{}}'", "printed neither a token nor a client certificate" },
        { "echo '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"clientKeyData\":\"canary\",\"token\":\"canary\"}}'", "printed only one of clientCertificateData and clientKeyData" },
        { "printf %s '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"canary\\n2\"}}'", "printed a token with characters that a header cannot have" },
        { "echo '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"canary\",\"expirationTimestamp\":\"soon\"}}'", "printed an expirationTimestamp that is not a time" },
    };

    [Theory]
    [MemberData(nameof(BadPlugins))]
    public async Task A_plugin_that_fails_is_named_with_what_it_did_and_the_install_hint(string script, string message)
    {
        ExecCommand plugin = Plugin(script) with { InstallHint = "get it\nthere" };
        await using ApiServer server = await RequireAsync("");
        using KubeClient client = server.Client(_time, new KubeCredential.Exec(plugin));
        var failure = await Assert.ThrowsAsync<KubeConfigException>(() => client.GetServerVersionAsync(Token));
        Assert.Contains($"the credential plugin {plugin.Command} {message}", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", failure.ToString(), StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("./no-such-plugin")]
    [InlineData("no-such-plugin-on-path")]
    public async Task A_plugin_that_is_not_there_is_named_with_its_install_hint(string command)
    {
        await using ApiServer server = await RequireAsync("");
        using KubeClient client = server.Client(_time, new KubeCredential.Exec(new ExecCommand { ApiVersion = "client.authentication.k8s.io/v1", Command = command, InstallHint = "brew install it" }));
        var failure = await Assert.ThrowsAsync<KubeConfigException>(() => client.GetServerVersionAsync(Token));
        Assert.Equal($"the credential plugin {command} cannot be started; install it or correct the exec entry's command (a test); brew install it", failure.Message);
    }

    [Fact]
    public async Task A_plugin_that_waits_for_input_is_killed_after_a_minute()
    {
        ExecCommand plugin = Plugin("exec sleep 600");
        await using ApiServer server = await RequireAsync("");
        using KubeClient client = server.Client(_time, new KubeCredential.Exec(plugin));
        Task call = client.GetServerVersionAsync(Token);
        _time.Advance(await _time.WhenArmedAsync(due => due == TimeSpan.FromSeconds(60)));
        var failure = await Assert.ThrowsAsync<KubeConfigException>(() => call);
        Assert.Contains("did not exit within 60 s; it must not wait for input", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_credential_shows_itself()
    {
        KubeCredential[] all =
        [
            new KubeCredential.Token("canary"), new KubeCredential.Basic("u", "canary"),
            new KubeCredential.Exec(new ExecCommand { ApiVersion = "v", Command = "c", Arguments = ["canary"], Environment = [new("A", "canary")] }),
        ];
        Assert.All(all, credential =>
        {
            var endpoint = new KubeEndpoint { Server = new Uri("https://host"), Description = "here", Credential = credential };
            Assert.DoesNotContain("canary", $"{credential} {endpoint} {(credential as KubeCredential.Exec)?.Command}", StringComparison.Ordinal);
        });
    }

    private static string Printing(string token) => $$$"""echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"{{{token}}}"}}'""";

    private static IEnumerable<string> Sent(ApiServer server) => server.Requests.Select(request => request.Headers.GetValueOrDefault("Authorization", ""));

    private static Task<ApiServer> RequireAsync(string authorization) => ApiServer.StartAsync(context => context.Request.Headers.Authorization == authorization
        ? context.JsonAsync("""{"gitVersion":"v1"}""")
        : context.StatusAsync(401, "Unauthorized"));

    private ExecCommand Plugin(string script)
    {
        string file = Write("plugin.sh", "#!/bin/sh\n" + script + "\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return new ExecCommand { ApiVersion = "client.authentication.k8s.io/v1", Command = file };
    }

    private string Write(string name, string text)
    {
        string file = Path.Combine(_directory, name);
        File.WriteAllText(file, text);
        return file;
    }
}
