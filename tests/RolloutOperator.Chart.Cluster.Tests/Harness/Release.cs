using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace RolloutOperator.Chart.Cluster.Tests.Harness;

/// <summary>A release in the cluster of the tests, in a namespace of its own; both go with it.</summary>
internal sealed class Release : IAsyncDisposable
{
    private const string Name = "ro";

    private Release(string @namespace) => Namespace = @namespace;

    public string Namespace { get; }

    /// <summary>Installs a trial and then upgrades it with the same values.</summary>
    public static async Task<Release> InstallAsync(string trial)
    {
        var arguments = await Trials.ArgumentsAsync(trial);
        return await InstallAsync(trial.Replace("-values.yaml", "", StringComparison.Ordinal), arguments, arguments);
    }

    public static async Task<Release> InstallAsync(string name, string[] install, string[] upgrade)
    {
        var release = new Release($"chart-{name}-{RandomNumberGenerator.GetHexString(5, lowercase: true)}");
        try
        {
            (await release.HelmAsync(["install", Name, .. install, "--create-namespace"])).Succeeded();
            (await release.HelmAsync(["upgrade", Name, .. upgrade])).Succeeded();
            return release;
        }
        catch
        {
            await release.DisposeAsync();
            throw;
        }
    }

    /// <summary>The Deployments of the release, in whatever namespace they are.</summary>
    public async Task<IReadOnlyList<JsonNode>> DeploymentsAsync()
    {
        var ran = await Tool.KubectlAsync("", "get", "deployments", "--all-namespaces", "--output=json");
        return [.. JsonNode.Parse(ran.Succeeded())!["items"]!.AsArray().Select(each => each!).Where(each => (string?)each["metadata"]!["annotations"]?["meta.helm.sh/release-namespace"] == Namespace)];
    }

    public async ValueTask DisposeAsync()
    {
        (await HelmAsync(["uninstall", Name, "--ignore-not-found"])).Succeeded();
        (await Tool.KubectlAsync("", "delete", "namespace", Namespace, "--ignore-not-found", "--wait=false")).Succeeded();
    }

    private Task<Ran> HelmAsync(string[] arguments) => Tool.HelmInClusterAsync([.. arguments, "--namespace", Namespace]);
}
