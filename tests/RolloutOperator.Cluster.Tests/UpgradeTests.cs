using System.Diagnostics;
using System.Text.Json.Nodes;
using k8s.Models;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>The program takes over from an earlier one, which tests/install/previous-program makes from the history of git.</summary>
public sealed class UpgradeTests(TestCluster cluster)
{
    private static readonly string PodSpec = PodSpecs.EnvFrom(SourceKind.ConfigMap, "config", SourceKind.Secret, "secret");

    [Fact]
    public async Task Takes_over_workloads_of_the_previous_version_without_a_rollout()
    {
        var previous = await PreviousProgramAsync();
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.SecretAsync("secret", ("password", "1"));

        // Without pods, a controller writes the status of a new template once.
        TestWorkload[] workloads =
        [
            await space.DeployAsync(WorkloadKind.Deployment, "app", PodSpec, spec: new() { ["replicas"] = 0 }),
            await space.DeployAsync(WorkloadKind.StatefulSet, "app", PodSpec, spec: new() { ["replicas"] = 0 }),
            await space.DeployAsync(WorkloadKind.DaemonSet, "app", PodSpec),
            await space.DeployAsync("adopted-only", PodSpecs.EnvFrom(SourceKind.Secret, "secret")),
        ];
        var old = space.Keep(OperatorProcess.Start(space, null, [], previous));
        await old.ReadyAsync();
        foreach (var workload in workloads)
        {
            await workload.AdoptedAsync();
        }

        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        foreach (var workload in workloads[..3])
        {
            await workload.RolledAsync(1);
            await space.EventAsync("app", "RolloutComplete", workload.Kind);
        }

        await space.CatchUpAsync();
        Assert.Equal(0, await old.TerminateAsync());
        var before = await Task.WhenAll(workloads.Select(StableAsync));
        var events = (await space.EventsAsync("app")).Count;

        await space.OperatorAsync();
        await space.CatchUpAsync();
        foreach (var (workload, then) in workloads.Zip(before))
        {
            // The change cause is everybody's; the rest of the annotations, the template and the generation are as they were.
            await ChangeCauseOfNobodyAsync(space, workload);
            Assert.Equal(Told(then), Told(await workload.GetAsync()));
        }

        Assert.Equal(events, (await space.EventsAsync("app")).Count);

        await space.EditSecretAsync("secret", ("password", "2"));
        foreach (var workload in workloads)
        {
            await workload.RolledAsync(workload.Name == "app" ? 2 : 1);
            Assert.Equal("secret/secret changed (password)", await workload.AnnotationAsync(Names.ChangeCause));
        }

        await space.CatchUpAsync();
        foreach (var workload in workloads)
        {
            Assert.Equal(workload.Name == "app" ? 2 : 1, await workload.TemplateChangesAsync());
        }
    }

    [Fact]
    public async Task The_previous_version_takes_workloads_back_without_a_write()
    {
        var previous = await PreviousProgramAsync();
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.SecretAsync("secret", ("password", "1"));
        var complete = await space.DeployAsync(WorkloadKind.StatefulSet, "complete", PodSpec, spec: new() { ["replicas"] = 0 });
        var underway = await space.DeployAsync("underway", PodSpec);
        var running = await space.OperatorAsync();
        await complete.AdoptedAsync();
        await underway.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await complete.RolledAsync(1);
        await underway.RolledAsync(1);
        await complete.LedgerAsync("a ledger without earlier revisions", ledger => !ledger.Contains("\"earlier\"", StringComparison.Ordinal));
        await underway.LedgerAsync("a ledger with an earlier revision", ledger => ledger.Contains("\"earlier\"", StringComparison.Ordinal));
        await space.CatchUpAsync();
        Assert.Equal(0, await running.TerminateAsync());
        var before = await Task.WhenAll(StableAsync(complete), underway.GetAsync());

        var old = space.Keep(OperatorProcess.Start(space, null, [], previous));
        await old.ReadyAsync();
        await space.CatchUpAsync();
        Assert.Equal(before.Select(then => then.Text("metadata", "annotations", Names.Ledger)), [await complete.LedgerAsync(), await underway.LedgerAsync()]);
        await space.EditConfigMapAsync("config", ("greeting", "Servus"));
        await complete.RolledAsync(2);
        await underway.RolledAsync(2);
    }

    [Fact]
    public async Task Keys_that_count_no_more_roll_nothing_on_the_way_to_this_version_and_back()
    {
        var previous = await PreviousProgramAsync();
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync(new V1ConfigMap
        {
            Metadata = new() { Name = "config" },
            Data = new Dictionary<string, string> { ["greeting"] = "Aloha", ["password"] = "hidden", ["1ST"] = "x" },
            BinaryData = new Dictionary<string, byte[]> { ["logo"] = [0xFF] },
        });
        await space.SecretAsync("secret", ("password", "1"));
        var workload = await space.DeployAsync(WorkloadKind.StatefulSet, "app", PodSpec, spec: new() { ["replicas"] = 0 });
        var old = space.Keep(OperatorProcess.Start(space, null, [], previous));
        await old.ReadyAsync();
        await workload.AdoptedAsync();
        await space.EditSecretAsync("secret", ("password", "2"));
        await workload.RolledAsync(1);
        await StableAsync(workload);
        await space.CatchUpAsync();
        Assert.Equal(0, await old.TerminateAsync());

        var running = await space.OperatorAsync();
        await workload.LedgerAsync("a ledger of the keys that count", ledger => ledger.StartsWith("{\"v\":2,", StringComparison.Ordinal));
        await ChangeCauseOfNobodyAsync(space, workload);
        var written = (await workload.GetAsync()).ResourceVersion();
        await space.PatchConfigMapAsync("config", """{"data": {"password": "still hidden"}, "binaryData": {"logo": "/tg="}}""");
        await space.CatchUpAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
        Assert.Equal(written, (await workload.GetAsync()).ResourceVersion());
        Assert.Equal(0, await running.TerminateAsync());

        old = space.Keep(OperatorProcess.Start(space, null, [], previous));
        await old.ReadyAsync();
        await workload.LedgerAsync("a ledger of the previous version", ledger => ledger.StartsWith("{\"v\":1,", StringComparison.Ordinal));
        await space.CatchUpAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
        Assert.Equal(0, await old.TerminateAsync());

        await space.OperatorAsync();
        await workload.LedgerAsync("a ledger of the keys that count again", ledger => ledger.StartsWith("{\"v\":2,", StringComparison.Ordinal));
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(2);
        Assert.Equal("configmap/config changed (greeting)", await workload.AnnotationAsync(Names.ChangeCause));
    }

    // The controllers have nothing more to write.
    private static async Task<JsonObject> StableAsync(TestWorkload workload)
    {
        await workload.ObservedAsync(", and has written its status", now => workload.Kind.Kind switch
        {
            "Deployment" => now.At("status", "conditions")?.AsArray().Any(condition => condition.Text("type") == "Available") == true
                && (now.At("status", "updatedReplicas")?.GetValue<int>() ?? 0) == now.At("spec", "replicas")!.GetValue<int>(),
            "StatefulSet" => now.Text("status", "currentRevision") == now.Text("status", "updateRevision"),
            _ => true,
        });
        return await workload.GetAsync();
    }

    private static Task ChangeCauseOfNobodyAsync(TestNamespace space, TestWorkload workload) =>
        space.EventuallyAsync($"{workload.Name} has a change cause of nobody", async () =>
            await workload.GetAsync() is var now && !now.At("metadata", "managedFields")!.ToJsonString().Contains("change-cause", StringComparison.Ordinal));

    private static string Told(JsonObject workload)
    {
        var told = workload.DeepClone();
        told["metadata"]!.AsObject().Remove("managedFields");
        told["metadata"]!.AsObject().Remove("resourceVersion");
        return told.ToJsonString();
    }

    private static async Task<string> PreviousProgramAsync()
    {
        var start = new ProcessStartInfo(Repository.PathOf("tests", "install", "previous-program"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(10));
        Assert.True(process.ExitCode == 0, await errors);
        return (await output).Trim();
    }
}
