using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace RolloutOperator.Kubernetes.Tests;

/// <summary>
/// Each file of <c>testdata/kubeconfig</c> is a case. In <c>good</c> the lines "# expect:" at its end say what is read, in
/// <c>bad</c> what is said. Certificates are made for the run and put in place of <c>${NAME}</c>, so that no key lies here.
/// </summary>
public sealed class KubeConfigGoldenTests : IDisposable
{
    private const string Mark = "# expect: ";

    private static readonly string Data = Path.Combine(AppContext.BaseDirectory, "testdata", "kubeconfig");
    private static readonly Dictionary<string, string> Made = Make();

    private readonly string _directory = Directory.CreateTempSubdirectory("kubeconfig-").FullName;

    public static TheoryData<string> Good => Cases("good");

    public static TheoryData<string> Bad => Cases("bad");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [MemberData(nameof(Good))]
    public void A_good_file_is_read(string name)
    {
        (string file, string expected) = Place("good", name);
        Assert.Equal(expected, Describe(KubeConfig.Load(file, null)));
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_bad_file_is_refused_with_the_place_and_the_remedy(string name)
    {
        (string file, string expected) = Place("bad", name);
        var failure = Assert.Throws<KubeConfigException>(() => KubeConfig.Load(file, null));
        Assert.Equal(expected, Relative(failure.Message));
        Assert.DoesNotContain("canary", failure.ToString(), StringComparison.Ordinal);
    }

    private static TheoryData<string> Cases(string folder) =>
        [.. new DirectoryInfo(Path.Combine(Data, folder)).EnumerateFiles().Select(file => file.Name).Order(StringComparer.Ordinal)];

    private string Relative(string text) => text.Replace(_directory + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);

    private (string File, string Expected) Place(string folder, string name)
    {
        foreach ((string key, string value) in Made)
        {
            File.WriteAllText(Path.Combine(_directory, key), value);
        }

        string text = File.ReadAllText(Path.Combine(Data, folder, name)).ReplaceLineEndings("\n");
        string expected = string.Join('\n', text.Split('\n').Where(line => line.StartsWith(Mark, StringComparison.Ordinal)).Select(line => line[Mark.Length..]));
        foreach ((string key, string value) in Made)
        {
            text = text.Replace($"${{{key}}}", Convert.ToBase64String(Encoding.UTF8.GetBytes(value)), StringComparison.Ordinal);
        }

        string file = Path.Combine(_directory, "config");
        File.WriteAllText(file, text);
        return (file, expected);
    }

    private string Describe(KubeEndpoint endpoint)
    {
        var lines = new List<string> { $"server {endpoint.Server}", $"from {Relative(endpoint.Description)}" };
        Add("namespace", endpoint.Namespace);
        Add("authorities", endpoint.CertificateAuthorities?.Count.ToString(CultureInfo.InvariantCulture));
        Add("authority file", endpoint.CertificateAuthorityFile);
        Add("skip tls verify", endpoint.SkipTlsVerify ? "yes" : null);
        Add("tls server name", endpoint.TlsServerName);
        Add("proxy", endpoint.Proxy?.ToString());
        Add("client", endpoint.ClientCertificate is { HasPrivateKey: true } certificate ? $"{certificate.Subject} and {endpoint.ClientCertificateChain!.Count} more" : null);
        Add("credential", endpoint.Credential switch
        {
            KubeCredential.Token token => $"token {token.Value}",
            KubeCredential.TokenFile file => $"token file {file.Path}",
            KubeCredential.Basic basic => $"basic {basic.User} {basic.Password}",
            KubeCredential.Exec { Command: var exec } =>
                $"exec {exec.ApiVersion} {exec.Command} [{string.Join(", ", exec.Arguments)}] [{string.Join(", ", exec.Environment.Select(pair => $"{pair.Key}={pair.Value}"))}] {exec.ProvideClusterInfo} {exec.InstallHint} {exec.ClusterConfigJson}".TrimEnd(),
            _ => null,
        });
        return string.Join('\n', lines);

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                lines.Add($"{name} {Relative(value)}");
            }
        }
    }

    private static Dictionary<string, string> Make()
    {
        var authority = CertificateAuthority.CreateRoot("ours");
        CertificateAuthority between = authority.CreateIntermediate("between");
        using var ec = between.ForClient("ec");
        using var rsa = authority.ForClientWithRsa("rsa");
        using ECDsa ecKey = ec.GetECDsaPrivateKey()!;
        using RSA rsaKey = rsa.GetRSAPrivateKey()!;
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["CA"] = "a comment\n" + authority.Pem + "\n" + between.Pem,
            ["EC_CERT"] = ec.ExportCertificatePem() + "\n" + between.Pem,
            ["EC_KEY"] = ecKey.ExportECPrivateKeyPem(),
            ["EC_KEY_PKCS8"] = ecKey.ExportPkcs8PrivateKeyPem(),
            ["EC_KEY_ENCRYPTED"] = ecKey.ExportEncryptedPkcs8PrivateKeyPem("canary", new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1)),
            ["RSA_CERT"] = rsa.ExportCertificatePem(),
            ["RSA_KEY"] = rsaKey.ExportRSAPrivateKeyPem(),
            ["CANARY"] = "canary",
        };
    }
}
