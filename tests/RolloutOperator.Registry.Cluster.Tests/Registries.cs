using System.Diagnostics;

namespace RolloutOperator.Registry.Cluster.Tests;

/// <summary>Debian's docker-registry, as tests/registry/up starts it: once for the class, in a folder of its own.</summary>
public sealed class Registries : IAsyncLifetime
{
    /// <summary>What the registry "telling" shows at the port "hints" with each notification of a push.</summary>
    public const string HintSecret = "the-secret-of-the-tests";

    private readonly string _folder = Directory.CreateTempSubdirectory("registries-").FullName;

    public string Authority => Path.Combine(_folder, "pki", "ca.crt");

    public string TokenCertificate => Path.Combine(_folder, "pki", "tokens.crt");

    public string TokenKey => Path.Combine(_folder, "pki", "tokens.key");

    private static string Scripts
    {
        get
        {
            var at = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(at.FullName, "RolloutOperator.sln")))
            {
                at = at.Parent ?? throw new InvalidOperationException("The tests are not within the repository.");
            }

            return Path.Combine(at.FullName, "tests", "registry");
        }
    }

    public async ValueTask InitializeAsync() => await RunAsync("up");

    public async ValueTask DisposeAsync() => await RunAsync("down");

    /// <summary>The port of one of them, or of the token server (realm) or of who is told of pushes (hints).</summary>
    public int Port(string name) => int.Parse(File.ReadAllText(Path.Combine(_folder, name + ".port")), System.Globalization.CultureInfo.InvariantCulture);

    public string Host(string name) => $"127.0.0.1:{Port(name)}";

    /// <summary>Pushes an image, and gives the digest that skopeo has for it.</summary>
    public async Task<string> PushAsync(Layout layout, string registry, string image, params string[] options)
    {
        var digest = Path.Combine(_folder, "digest");
        await RunAsync("skopeo", ["copy", "--all", "--quiet", "--dest-tls-verify=false", "--digestfile", digest, .. options, $"oci:{layout.Folder}", $"docker://{Host(registry)}/{image}"]);
        return (await File.ReadAllTextAsync(digest)).Trim();
    }

    public Task DeleteAsync(string registry, string image) => RunAsync("skopeo", "delete", "--tls-verify=false", $"docker://{Host(registry)}/{image}");

    private async Task RunAsync(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Scripts, script), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ROLLOUT_OPERATOR_REGISTRY_DIR"] = _folder;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{script} {string.Join(' ', arguments)}: {await output}{await errors}");
    }
}
