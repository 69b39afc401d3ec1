using System.Diagnostics;
using System.Net;
using k8s;
using k8s.Autorest;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>The digest key is rotated or deleted: no pod restarts for that, and no change is lost silently.</summary>
public sealed class KeyRotationTests(TestCluster cluster)
{
    private const string Key = "rollout-operator-digest-key";

    [Fact]
    public async Task Two_key_rotations_roll_nothing_and_the_next_change_rolls_once()
    {
        await using var space = await cluster.NamespaceAsync();
        var (workload, running) = await AdoptAsync(space);
        var said = await RotateAsync(space) + await RotateAsync(space);
        var key = Convert.ToBase64String((await KeyAsync(space))!);
        Assert.DoesNotContain(key, said, StringComparison.Ordinal);

        await LedgerHasKeyAsync(workload, await IdAsync(space));
        Assert.Equal(0, await workload.TemplateChangesAsync());
        await space.EditSecretAsync("secret", ("password", "2"));
        await workload.RolledAsync(1);
        await space.CatchUpAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
        Assert.DoesNotContain("DigestKeyChanged", await space.EventReasonsAsync("app"));
        Assert.DoesNotContain(running.Log, line => line.Text.Contains(key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_Secret_changed_between_key_rotations_during_downtime_rolls_once()
    {
        await using var space = await cluster.NamespaceAsync();
        var (workload, running) = await AdoptAsync(space);
        await running.TerminateAsync();
        await RotateAsync(space);
        await space.EditSecretAsync("secret", ("password", "2"));
        await RotateAsync(space);

        await space.OperatorAsync();
        await workload.RolledAsync(1);
        await LedgerHasKeyAsync(workload, await IdAsync(space));
        await space.CatchUpAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task When_the_key_is_deleted_a_new_key_remembers_the_old_one()
    {
        await using var space = await cluster.NamespaceAsync();
        var (workload, running) = await AdoptAsync(space);
        var before = await IdAsync(space);
        await space.DeleteSecretAsync(Key);
        await TestCluster.EventuallyAsync("another key", async () => await IdAsync(space) is var id && id is not null && id != before);

        await LedgerHasKeyAsync(workload, await IdAsync(space));
        await running.TerminateAsync();
        await space.EditSecretAsync("secret", ("password", "2"));
        await space.OperatorAsync();
        await workload.RolledAsync(1);
        await space.CatchUpAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
        Assert.DoesNotContain("DigestKeyChanged", await space.EventReasonsAsync("app"));
    }

    [Fact]
    public async Task A_held_change_survives_the_deletion_of_the_key()
    {
        await using var space = await cluster.NamespaceAsync();
        var (workload, running) = await AdoptAsync(space);
        var before = await IdAsync(space);
        await workload.AnnotateAsync(Names.Pause, "true");
        await space.EditSecretAsync("secret", ("password", "2"));
        await space.EventAsync("app", "RolloutHeld");

        await space.DeleteSecretAsync(Key);
        await TestCluster.EventuallyAsync("another key", async () => await IdAsync(space) is var id && id is not null && id != before);

        // The next process knows the earlier key from the Secret alone.
        await running.TerminateAsync();
        await space.OperatorAsync();
        await space.CatchUpAsync();
        Assert.Contains($"\"key\":\"{before}\"", await workload.LedgerAsync(), StringComparison.Ordinal);
        await workload.AnnotateAsync(Names.Pause, null);
        await workload.RolledAsync(1);
        await LedgerHasKeyAsync(workload, await IdAsync(space));
    }

    [Fact]
    public async Task When_the_key_is_deleted_during_downtime_nothing_rolls_and_it_is_reported()
    {
        await using var space = await cluster.NamespaceAsync();
        var (workload, running) = await AdoptAsync(space);
        await running.TerminateAsync();
        await space.DeleteSecretAsync(Key);
        await space.EditSecretAsync("secret", ("password", "2"));

        await space.OperatorAsync();
        await LedgerHasKeyAsync(workload, await IdAsync(space));
        await space.EventAsync("app", "DigestKeyChanged");
        await space.CatchUpAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_changed_ConfigMap_is_detected_without_the_key()
    {
        await using var space = await cluster.NamespaceAsync();
        var (workload, running) = await AdoptAsync(space);
        await running.TerminateAsync();
        await space.DeleteSecretAsync(Key);
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));

        await space.OperatorAsync();
        await workload.RolledAsync(1);
        await space.CatchUpAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_malformed_key_is_reported_and_changes_nothing()
    {
        await using var space = await cluster.NamespaceAsync();
        var (workload, running) = await AdoptAsync(space);
        await space.EditSecretAsync(Key, ("key", "short"));
        await running.WarnedAsync(Key, "delete it");

        await space.EditSecretAsync("secret", ("password", "2"));
        await workload.RolledAsync(1);
        await space.DeleteSecretAsync(Key);
        await TestCluster.EventuallyAsync("a key", async () => await IdAsync(space) is not null);
        await LedgerHasKeyAsync(workload, await IdAsync(space));
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_failed_key_rotation_names_the_remedy()
    {
        await using var space = await cluster.NamespaceAsync();
        var (code, said) = await RotateAsync(space, cluster.Kubeconfig);
        Assert.Equal(1, code);
        Assert.Contains("--operator-namespace", said, StringComparison.Ordinal);

        var kubeconfig = (await TestAccount.CreateAsync(space)).Kubeconfig;
        (code, said) = await RotateAsync(space, kubeconfig);
        Assert.Equal(1, code);
        Assert.True(said.Contains("It takes get and patch on that Secret.", StringComparison.Ordinal), said);
        (code, said) = await RotateAsync(space, await TestAccount.KubeconfigOfTokenAsync(space, "invalid", "expired-or-invented"));
        Assert.Equal((int)ExitCode.Unauthorized, code);
        Assert.DoesNotContain("expired-or-invented", said, StringComparison.Ordinal);
        (code, said) = await RotateAsync(space, "/nowhere/kubeconfig");
        Assert.Equal((int)ExitCode.Configuration, code);
        Assert.Contains("/nowhere/kubeconfig", said, StringComparison.Ordinal);
    }

    private static async Task<(TestWorkload Workload, OperatorProcess Running)> AdoptAsync(TestNamespace space)
    {
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.SecretAsync("secret", ("password", "1"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config", SourceKind.Secret, "secret"));
        var running = await space.OperatorAsync();
        await workload.AdoptedAsync();
        return (workload, running);
    }

    private static async Task<string?> IdAsync(TestNamespace space) => await KeyAsync(space) is { } key ? DigestKey.FromBytes(key)?.Id : null;

    private static async Task<byte[]?> KeyAsync(TestNamespace space)
    {
        try
        {
            return (await space.Cluster.Client.CoreV1.ReadNamespacedSecretAsync(Key, space.Name)).Data["key"];
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private static Task<string> LedgerHasKeyAsync(TestWorkload workload, string? id) =>
        workload.LedgerAsync("a ledger under the new key", ledger => ledger.Contains($"\"key\":\"{id}\"", StringComparison.Ordinal));

    private static async Task<string> RotateAsync(TestNamespace space)
    {
        var (code, said) = await RotateAsync(space, space.Cluster.Kubeconfig);
        Assert.True(code == 0, said);
        return said;
    }

    private static Task<(int Code, string Said)> RotateAsync(TestNamespace space, string kubeconfig) =>
        OperatorProcess.RunAsync("key", "rotate", "--kubeconfig", kubeconfig, "--operator-namespace", space.Name);
}
