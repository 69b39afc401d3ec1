using System.Diagnostics;
using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cluster.Tests;

/// <summary>The digest key comes and goes, and no pod is restarted for that; what changes around it is not lost silently.</summary>
public sealed class KeyRotationTests(Harness.Cluster cluster)
{
    private const string Key = "rollout-operator-digest-key";

    [Fact]
    public async Task Rotating_twice_while_it_runs_rolls_nothing_and_the_next_change_rolls_once()
    {
        await using var space = await cluster.NamespaceAsync();
        var (workload, running) = await AdoptAsync(space);
        var said = await RotateAsync(space) + await RotateAsync(space);
        var key = (await space.GetAsync(ResourceTypes.Secrets, Key)).Text("data", "key")!;
        Assert.DoesNotContain(key, said, StringComparison.Ordinal);

        await UnderAsync(workload, await IdAsync(space));
        Assert.Equal(0, await workload.TemplateChangesAsync());
        await space.EditSecretAsync("secret", ("password", "2"));
        await workload.RolledAsync(1);
        await space.FenceAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
        Assert.DoesNotContain("DigestKeyChanged", await space.EventsAsync("app"));
        Assert.DoesNotContain(running.Log, line => line.Contains(key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_Secret_that_changes_around_a_rotation_while_it_is_down_rolls_once()
    {
        await using var space = await cluster.NamespaceAsync();
        var (workload, running) = await AdoptAsync(space);
        await running.TerminateAsync();
        await RotateAsync(space);
        await space.EditSecretAsync("secret", ("password", "2"));
        await RotateAsync(space);

        await space.OperatorAsync();
        await workload.RolledAsync(1);
        await UnderAsync(workload, await IdAsync(space));
        await space.FenceAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task Deleting_the_key_while_it_runs_makes_a_new_one_that_remembers_the_old()
    {
        await using var space = await cluster.NamespaceAsync();
        var (workload, running) = await AdoptAsync(space);
        var before = await IdAsync(space);
        await space.DeleteAsync(ResourceTypes.Secrets, Key);
        await Harness.Cluster.EventuallyAsync("another key", async () => await IdAsync(space) is var id && id is not null && id != before);

        await UnderAsync(workload, await IdAsync(space));
        await running.TerminateAsync();
        await space.EditSecretAsync("secret", ("password", "2"));
        await space.OperatorAsync();
        await workload.RolledAsync(1);
        await space.FenceAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
        Assert.DoesNotContain("DigestKeyChanged", await space.EventsAsync("app"));
    }

    [Fact]
    public async Task A_change_that_is_held_outlives_the_key_under_which_it_was_found()
    {
        await using var space = await cluster.NamespaceAsync();
        var (workload, running) = await AdoptAsync(space);
        var before = await IdAsync(space);
        await workload.AnnotateAsync(Names.Pause, "true");
        await space.EditSecretAsync("secret", ("password", "2"));
        await space.NoteAsync("app", "RolloutHeld");

        await space.DeleteAsync(ResourceTypes.Secrets, Key);
        await Harness.Cluster.EventuallyAsync("another key", async () => await IdAsync(space) is var id && id is not null && id != before);

        // The next one knows the earlier key from the Secret alone.
        await running.TerminateAsync();
        await space.OperatorAsync();
        await space.FenceAsync();
        Assert.Contains($"\"key\":\"{before}\"", await workload.LedgerAsync(), StringComparison.Ordinal);
        await workload.AnnotateAsync(Names.Pause, null);
        await workload.RolledAsync(1);
        await UnderAsync(workload, await IdAsync(space));
    }

    [Fact]
    public async Task Deleting_the_key_while_it_is_down_rolls_nothing_and_says_what_could_not_be_told()
    {
        await using var space = await cluster.NamespaceAsync();
        var (workload, running) = await AdoptAsync(space);
        await running.TerminateAsync();
        await space.DeleteAsync(ResourceTypes.Secrets, Key);
        await space.EditSecretAsync("secret", ("password", "2"));

        await space.OperatorAsync();
        await UnderAsync(workload, await IdAsync(space));
        await space.NoteAsync("app", "DigestKeyChanged");
        await space.FenceAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_ConfigMap_that_changed_is_told_without_the_key()
    {
        await using var space = await cluster.NamespaceAsync();
        var (workload, running) = await AdoptAsync(space);
        await running.TerminateAsync();
        await space.DeleteAsync(ResourceTypes.Secrets, Key);
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));

        await space.OperatorAsync();
        await workload.RolledAsync(1);
        await space.FenceAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_key_that_is_malformed_while_it_runs_changes_nothing_and_is_said()
    {
        await using var space = await cluster.NamespaceAsync();
        var (workload, running) = await AdoptAsync(space);
        await space.PatchAsync(ResourceTypes.Secrets, Key, new() { ["data"] = new JsonObject { ["key"] = "c2hvcnQ=" } });
        await running.LoggedAsync("Warning", Key, "delete it");

        await space.EditSecretAsync("secret", ("password", "2"));
        await workload.RolledAsync(1);
        await space.DeleteAsync(ResourceTypes.Secrets, Key);
        await Harness.Cluster.EventuallyAsync("a key", async () => await IdAsync(space) is not null);
        await UnderAsync(workload, await IdAsync(space));
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task Rotating_what_is_not_there_or_not_allowed_says_what_it_takes()
    {
        await using var space = await cluster.NamespaceAsync();
        var (code, said) = await RotateAsync(space, cluster.Kubeconfig);
        Assert.Equal(1, code);
        Assert.Contains("--operator-namespace", said, StringComparison.Ordinal);

        var kubeconfig = await new RestrictedUser(space).CreateAsync();
        (code, said) = await RotateAsync(space, kubeconfig);
        Assert.Equal(1, code);
        Assert.Contains("It takes get and patch on that Secret.", said, StringComparison.Ordinal);
        (code, said) = await RotateAsync(space, await new RestrictedUser(space).KubeconfigAsync("expired-or-invented"));
        Assert.Equal((int)Cli.ExitCode.Unauthorized, code);
        Assert.DoesNotContain("expired-or-invented", said, StringComparison.Ordinal);
        (code, said) = await RotateAsync(space, "/nowhere/kubeconfig");
        Assert.Equal((int)Cli.ExitCode.Configuration, code);
        Assert.Contains("/nowhere/kubeconfig", said, StringComparison.Ordinal);
    }

    private static async Task<(TestWorkload Workload, RunningOperator Running)> AdoptAsync(TestNamespace space)
    {
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.SecretAsync("secret", ("password", "1"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config", SourceKind.Secret, "secret"));
        var running = await space.OperatorAsync();
        await workload.AdoptedAsync();
        return (workload, running);
    }

    private static async Task<string?> IdAsync(TestNamespace space)
    {
        try
        {
            return (await space.GetAsync(ResourceTypes.Secrets, Key)).Text("data", "key") is { } key
                ? DigestKey.FromBytes(Convert.FromBase64String(key))?.Id
                : null;
        }
        catch (KubeApiException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    private static Task<string> UnderAsync(TestWorkload workload, string? id) =>
        workload.LedgerAsync("a ledger under the new key", ledger => ledger.Contains($"\"key\":\"{id}\"", StringComparison.Ordinal));

    private static async Task<string> RotateAsync(TestNamespace space)
    {
        var (code, said) = await RotateAsync(space, space.Cluster.Kubeconfig);
        Assert.Equal(0, code);
        return said;
    }

    private static async Task<(int Code, string Said)> RotateAsync(TestNamespace space, string kubeconfig)
    {
        var start = new ProcessStartInfo(
            RunningOperator.Program,
            ["key", "rotate", "--kubeconfig", kubeconfig, "--operator-namespace", space.Name])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }
}
