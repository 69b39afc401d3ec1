using System.Security.Cryptography;
using System.Text;
using k8s;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

public sealed class SecrecyTests(TestCluster cluster)
{
    [Trait("Invariant", "I10")]
    [Fact]
    public async Task Values_of_a_Secret_appear_in_no_object_Event_metric_or_log()
    {
        const string Canary = "canary-5d41402abc4b2a76b9719d911017c592";
        const string Second = "canary-7d793037a0760186574b0282f2f435e7";
        await using var space = await cluster.NamespaceAsync();
        await space.SecretAsync("secret", ("password", Canary));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.Secret, "secret"));
        var running = await space.OperatorAsync("--log-level", "trace");
        await workload.AdoptedAsync();
        await space.EditSecretAsync("secret", ("password", Second));
        await workload.RolledAsync(1);
        var deployment = await workload.GetAsync();
        var events = await space.EventsAsync();
        var metrics = await running.MetricsAsync();
        Assert.Equal(0, await running.TerminateAsync());

        string[] written = [deployment.ToJsonString(), .. events.Select(e => KubernetesJson.Serialize(e)), metrics, .. running.Log.Select(line => line.Text)];
        foreach (var form in new[] { Canary, Second }.SelectMany(Forms))
        {
            Assert.DoesNotContain(written, text => text.Contains(form, StringComparison.OrdinalIgnoreCase));
        }
    }

    private static IEnumerable<string> Forms(string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        yield return value;
        yield return Convert.ToBase64String(bytes);
        yield return Convert.ToHexString(bytes);
        yield return Convert.ToHexString(SHA256.HashData(bytes))[..32];
    }
}
