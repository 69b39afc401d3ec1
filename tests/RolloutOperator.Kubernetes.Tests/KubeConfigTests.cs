using RolloutOperator.Kubernetes.Configuration;

namespace RolloutOperator.Kubernetes.Tests;

public sealed class KubeConfigTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("config-").FullName;
    private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);

    private KubeEnvironment Surroundings => new()
    {
        Variable = name => _variables.GetValueOrDefault(name),
        HomeDirectory = Path.Combine(_directory, "home"),
        ServiceAccountDirectory = Path.Combine(_directory, "serviceaccount"),
    };

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void The_flag_comes_before_the_variable_before_the_pod_before_the_home()
    {
        string flag = Write("flag", Config("flag"));
        string variable = Write("variable", Config("variable"));
        Write("home/.kube/config", Config("home"));
        InPod();
        _variables["KUBECONFIG"] = variable;
        Assert.Equal("https://flag/", KubeConfig.Load(flag, null, Surroundings).Server.AbsoluteUri);
        Assert.Equal("https://variable/", KubeConfig.Load(null, null, Surroundings).Server.AbsoluteUri);
        _variables["KUBECONFIG"] = "";
        Assert.Equal("in-cluster", KubeConfig.Load(null, null, Surroundings).Description);
        Assert.Equal("https://home/", KubeConfig.Load(null, "home", Surroundings).Server.AbsoluteUri);
        File.Delete(Path.Combine(_directory, "serviceaccount/token"));
        Assert.Equal("https://home/", KubeConfig.Load("", "", Surroundings).Server.AbsoluteUri);
    }

    [Fact]
    public void Without_any_configuration_the_error_says_what_was_looked_for()
    {
        var failure = Assert.Throws<KubeConfigException>(() => KubeConfig.Load(null, null, Surroundings));
        Assert.Equal($"no cluster is configured: there is no {_directory}/home/.kube/config, KUBECONFIG is not set, and this is not a pod with a service account; name a file with --kubeconfig", failure.Message);
    }

    [Fact]
    public void The_first_of_several_files_wins_and_missing_ones_are_skipped()
    {
        string first = Write("a/first", """
            contexts: [{name: one, context: {cluster: shared, user: u}}]
            clusters: [{name: shared, cluster: {server: https://first, certificate-authority: ""}}]
            """);
        string second = Write("b/second", """
            current-context: one
            contexts: [{name: one, context: {cluster: other}}, {name: two, context: {cluster: shared, user: u}}]
            clusters: [{name: shared, cluster: {server: https://second}}]
            users: [{name: u, user: {tokenFile: token}}]
            """);
        _variables["KUBECONFIG"] = string.Join(Path.PathSeparator, Path.Combine(_directory, "missing"), first, "", second);
        KubeEndpoint endpoint = KubeConfig.Load(null, null, Surroundings);
        Assert.Equal("https://first/", endpoint.Server.AbsoluteUri);
        Assert.Equal($"context one of {first}", endpoint.Description);
        Assert.Equal(new KubeCredential.TokenFile(Path.Combine(_directory, "b", "token")), endpoint.Credential);
        Assert.Equal($"context two of {second}", KubeConfig.Load(null, "two", Surroundings).Description);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        string missing = Path.Combine(_directory, "missing");
        _variables["KUBECONFIG"] = missing;
        Assert.Equal($"{missing}: there is no such kubeconfig file; check the path", Assert.Throws<KubeConfigException>(() => KubeConfig.Load(missing, null)).Message);
        Assert.Equal($"{missing}: there is no such kubeconfig file; check the path", Assert.Throws<KubeConfigException>(() => KubeConfig.Load(null, null, Surroundings)).Message);
        _variables["KUBECONFIG"] = missing + Path.PathSeparator + missing;
        Assert.Equal("KUBECONFIG names no kubeconfig file that exists; check the path", Assert.Throws<KubeConfigException>(() => KubeConfig.Load(null, null, Surroundings)).Message);
    }

    [Fact]
    public void A_huge_file_is_not_read()
    {
        string file = Path.Combine(_directory, "huge");
        using (FileStream stream = File.Create(file))
        {
            stream.SetLength((4 << 20) + 1);
        }

        Assert.Equal($"{file}: longer than 4 MiB; is it a kubeconfig?", Assert.Throws<KubeConfigException>(() => KubeConfig.Load(file, null)).Message);
    }

    [Fact]
    public void A_pod_has_its_service_account()
    {
        InPod();
        KubeEndpoint endpoint = InClusterReader.Read(Surroundings);
        Assert.Equal("https://10.96.0.1/", endpoint.Server.AbsoluteUri);
        Assert.Equal("shop", endpoint.Namespace);
        Assert.Equal(new KubeCredential.TokenFile(Path.Combine(_directory, "serviceaccount", "token")), endpoint.Credential);
        Assert.Equal(Path.Combine(_directory, "serviceaccount", "ca.crt"), endpoint.CertificateAuthorityFile);
        Assert.Single(endpoint.CertificateAuthorities!);
    }

    [Fact]
    public void An_address_of_ip_version_6_is_put_in_brackets()
    {
        InPod();
        _variables["KUBERNETES_SERVICE_HOST"] = "fd00::1";
        _variables["KUBERNETES_SERVICE_PORT"] = "6443";
        Assert.Equal("https://[fd00::1]:6443/", InClusterReader.Read(Surroundings).Server.AbsoluteUri);
    }

    [Theory]
    [InlineData("token", "automountServiceAccountToken: true")]
    [InlineData("ca.crt", "cannot be read; the service account volume must hold the cluster's CA")]
    public void A_missing_part_of_the_service_account_is_named(string file, string message)
    {
        InPod();
        string path = Path.Combine(_directory, "serviceaccount", file);
        File.Delete(path);
        string said = Assert.Throws<KubeConfigException>(() => InClusterReader.Read(Surroundings)).Message;
        Assert.Contains(path, said, StringComparison.Ordinal);
        Assert.Contains(message, said, StringComparison.Ordinal);
    }

    [Fact]
    public void Outside_a_pod_there_is_no_service_account() =>
        Assert.Contains("this is not a pod", Assert.Throws<KubeConfigException>(() => InClusterReader.Read(Surroundings)).Message, StringComparison.Ordinal);

    private static string Config(string name) => $$$"""
        current-context: {{{name}}}
        contexts: [{name: {{{name}}}, context: {cluster: c}}]
        clusters: [{name: c, cluster: {server: "https://{{{name}}}"}}]
        """;

    private void InPod()
    {
        _variables["KUBERNETES_SERVICE_HOST"] = "10.96.0.1";
        _variables["KUBERNETES_SERVICE_PORT"] = "443";
        Write("serviceaccount/token", "t");
        Write("serviceaccount/ca.crt", CertificateAuthority.CreateRoot("ca").Pem);
        Write("serviceaccount/namespace", "shop\n");
    }

    private string Write(string name, string text)
    {
        string file = Path.Combine(_directory, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }
}
