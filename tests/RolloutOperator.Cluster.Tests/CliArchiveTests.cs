using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using RolloutOperator.Cluster.Tests.Harness;

namespace RolloutOperator.Cluster.Tests;

/// <summary>The archive of the commands and its manifest for krew, installed as krew does it and run by kubectl.</summary>
public sealed partial class CliArchiveTests
{
    private static string Architecture => RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.X64 ? "amd64" : "arm64";

    [Fact]
    public async Task Kubectl_runs_the_program_of_an_archive_that_was_installed_as_krew_does()
    {
        Assert.SkipWhen(File.Exists(CliProcess.Program + ".dll"), "the program is not what tests/install/cli-program makes");
        var folder = Directory.CreateTempSubdirectory("rollout-operator-krew-").FullName;
        try
        {
            await RunAsync(Repository.PathOf("eng", "cli-archives"), ["--output", folder, $"linux_{Architecture}={CliProcess.Program}"]);
            var manifest = await File.ReadAllTextAsync(Path.Combine(folder, "rollout-operator.yaml"), TestContext.Current.CancellationToken);
            Assert.DoesNotContain('@', manifest);
            Assert.Equal("linux", Field(manifest, "os"));
            Assert.Equal(Architecture, Field(manifest, "arch"));
            var archive = Path.Combine(folder, Path.GetFileName(new Uri(Field(manifest, "uri")).AbsolutePath));
            Assert.Equal(Field(manifest, "sha256"), Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(archive, TestContext.Current.CancellationToken))));
            Assert.Equal($"{Field(manifest, "sha256")}  {Path.GetFileName(archive)}\n", await File.ReadAllTextAsync(Path.Combine(folder, "SHA256SUMS"), TestContext.Current.CancellationToken));

            // Krew unpacks, moves what `files` names, and links the program under the name of the plugin (krew, "Plugin manifest").
            var (unpacked, store, bin) = (Made("unpacked"), Made("store"), Made("bin"));
            await RunAsync("tar", ["--extract", "--file", archive, "--directory", unpacked]);
            Assert.True(File.Exists(Path.Combine(unpacked, "man", "kubectl-rollout_operator.1")));
            foreach (Match file in Files().Matches(manifest))
            {
                File.Move(Path.Combine(unpacked, file.Groups[1].Value), Path.Combine(store, file.Groups[1].Value));
            }

            File.CreateSymbolicLink(Path.Combine(bin, $"kubectl-{Field(manifest, "name").Replace('-', '_')}"), Path.Combine(store, Field(manifest, "bin")));
            Assert.True(File.Exists(Path.Combine(store, "LICENSE")));
            var version = JsonNode.Parse(await RunAsync(
                Environment.GetEnvironmentVariable("ROLLOUT_OPERATOR_TEST_KUBECTL") ?? "kubectl", ["rollout-operator", "version", "--client", "-o", "json"], bin))!;
            Assert.Equal(Field(manifest, "version"), "v" + version["client"]!["version"]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        string Made(string name) => Directory.CreateDirectory(Path.Combine(folder, name)).FullName;
    }

    private static string Field(string manifest, string name) => Regex.Match(manifest, $@"^[ -]*{name}: (\S+)$", RegexOptions.Multiline).Groups[1].Value;

    private static async Task<string> RunAsync(string program, string[] arguments, string? path = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = path is null ? start.Environment["PATH"] : $"{path}:{start.Environment["PATH"]}";
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TestCluster.Timeout);
        Assert.True(process.ExitCode == 0, await errors);
        return await output;
    }

    [GeneratedRegex("- from: (.+)\n +to: \\.\n")]
    private static partial Regex Files();
}
