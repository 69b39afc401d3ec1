using System.Diagnostics;

namespace RolloutOperator.Registry.Cluster.Tests;

/// <summary>Debian's docker-registry, started by tests/registry/up once per test class, in a folder of its own.</summary>
public sealed class Registries : IAsyncLifetime
{
    /// <summary>The password that the registry "telling" sends with each push notification to the port "notifications".</summary>
    public const string NotificationSecret = "the-secret-of-the-tests";

    private readonly string _folder = Directory.CreateTempSubdirectory("registries-").FullName;

    public string Authority => Path.Combine(_folder, "pki", "ca.crt");

    public string TokenCertificate => Path.Combine(_folder, "pki", "tokens.crt");

    public string TokenKey => Path.Combine(_folder, "pki", "tokens.key");

    private static string Scripts => Repository.PathOf("tests", "registry");

    public async ValueTask InitializeAsync() => await RunAsync("up");

    public async ValueTask DisposeAsync() => await RunAsync("down");

    /// <summary>The port of a registry, of the token server (realm) or of the receiver of push notifications (notifications).</summary>
    public int Port(string name) => int.Parse(File.ReadAllText(Path.Combine(_folder, name + ".port")), System.Globalization.CultureInfo.InvariantCulture);

    public string Host(string name) => $"127.0.0.1:{Port(name)}";

    /// <summary>Pushes an image. Returns the digest that skopeo computed.</summary>
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
