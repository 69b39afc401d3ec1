using System.Net;
using k8s;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>A right that is missing takes away what it stands for, and blocks nothing else.</summary>
public sealed class MissingRightsTests(TestCluster cluster)
{
    private const string NotFollowed = "SourceNotFollowed";

    [Theory]
    [InlineData]
    [InlineData("--sources", "configmaps")]
    [InlineData("--sources", "configmaps,images")]
    public async Task Without_the_right_to_secrets_config_maps_roll_and_it_is_ready(params string[] sources)
    {
        await using var home = await cluster.NamespaceAsync();
        await using var space = await cluster.NamespaceAsync();
        var workloads = await ThreeAsync(space);
        var account = await TestAccount.CreateAsync(home, Permission.OfOperator(home, space.Name).Where(right => !IsOfSecrets(right, space)));
        var running = await home.OperatorAsync(["--kubeconfig", account.Kubeconfig, "--namespace", space.Name, .. sources]);
        await Task.WhenAll(workloads.Select(workload => workload.AdoptedAsync()));
        await space.EditConfigMapAsync("conf", ("level", "B"));
        await Task.WhenAll(workloads.Select(workload => workload.RolledAsync(1)));
        if (sources is [])
        {
            var note = await space.EventAsync("both", NotFollowed);
            Assert.Contains("secret/cred cannot be watched: list secrets in namespace", note, StringComparison.Ordinal);
            Assert.Contains("grant get, list and watch on secrets", note, StringComparison.Ordinal);
            await running.WarnedAsync("Cannot list or watch secrets", "grant the operator get, list and watch on secrets");
            await running.MetricIsAsync("rollout_operator_watch_synced{resource=\"secrets\"}", 0);
            Assert.DoesNotContain(NotFollowed, await space.EventReasonsAsync("cm-only"));

            // Once it is granted, what was not known is no change, and what changes from then on is.
            await account.GrantAsync(Permission.OfOperator(home, space.Name));
            await workloads[1].SourceAsync("secret/cred");
            await workloads[2].SourceAsync("secret/cred");
            Assert.Equal(1, await workloads[1].TemplateChangesAsync());
            await space.EditSecretAsync("cred", ("p", "2"));
            await workloads[1].RolledAsync(2);
            await workloads[2].RolledAsync(2);
        }
        else
        {
            Assert.Equal(0, await running.MetricAsync("rest_client_requests_total{code=\"403\""));
            Assert.Empty(running.Permissions("Missing permission"));
            Assert.DoesNotContain(NotFollowed, await space.EventReasonsAsync("both"));
        }
    }

    [Fact]
    public async Task Secrets_that_are_not_followed_need_no_right_and_no_digest_key()
    {
        await using var home = await cluster.NamespaceAsync();
        await using var space = await cluster.NamespaceAsync();
        var workloads = await ThreeAsync(space);
        await workloads[1].AnnotateAsync(Names.Include, "secret/cred");
        var account = await TestAccount.CreateAsync(
            home, Permission.OfOperator(home, space.Name).Where(right => right.Resource is not ("secrets" or "serviceaccounts")));
        var running = await home.OperatorAsync("--kubeconfig", account.Kubeconfig, "--namespace", space.Name, "--sources", "configmaps");
        await Task.WhenAll(workloads.Select(workload => workload.AdoptedAsync()));
        Assert.Contains("secret/cred", await space.EventAsync("both", "InvalidAnnotation"), StringComparison.Ordinal);
        await space.EditConfigMapAsync("conf", ("level", "B"));
        await Task.WhenAll(workloads.Select(workload => workload.RolledAsync(1)));
        Assert.DoesNotContain("secret/", await workloads[1].LedgerAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain((await cluster.Client.CoreV1.ListNamespacedSecretAsync(home.Name)).Items, secret => secret.Metadata.Name.StartsWith("rollout-operator", StringComparison.Ordinal));
        Assert.Equal(0, await running.MetricAsync("rest_client_requests_total{code=\"403\""));
    }

    [Fact]
    public async Task Changing_the_followed_sources_restarts_nothing()
    {
        await using var space = await cluster.NamespaceAsync();
        var workloads = await ThreeAsync(space);
        var changes = 0;
        foreach (var sources in new[] { "configmaps,secrets", "configmaps", "secrets", "configmaps,secrets,images,serviceaccounts" })
        {
            var running = await space.OperatorAsync("--sources", sources);
            foreach (var kind in new[] { "configmap/conf", "secret/cred" })
            {
                await workloads[1].SourceAsync(kind, sources.Contains(kind[..6], StringComparison.Ordinal));
            }

            Assert.Equal(changes, await workloads[1].TemplateChangesAsync());
            if (sources.Contains("secrets", StringComparison.Ordinal))
            {
                await space.EditSecretAsync("cred", ("p", sources));
                await workloads[1].RolledAsync(++changes);
            }

            await running.TerminateAsync();
        }
    }

    [Fact]
    public async Task Without_the_right_to_config_maps_secrets_roll()
    {
        await using var home = await cluster.NamespaceAsync();
        await using var space = await cluster.NamespaceAsync();
        var workloads = await ThreeAsync(space);
        var account = await TestAccount.CreateAsync(home, Permission.OfOperator(home, space.Name).Where(right => right.Resource != "configmaps"));
        await home.OperatorAsync("--kubeconfig", account.Kubeconfig, "--namespace", space.Name);
        await Task.WhenAll(workloads.Select(workload => workload.AdoptedAsync()));
        await space.EditSecretAsync("cred", ("p", "2"));
        await workloads[1].RolledAsync(1);
        await workloads[2].RolledAsync(1);
        Assert.Contains("configmap/conf", await space.EventAsync("cm-only", NotFollowed), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("watch")]
    [InlineData("list")]
    [InlineData("get")]
    public async Task With_a_part_of_the_rights_the_others_are_followed_and_what_changed_is_found_later(string missing)
    {
        await using var home = await cluster.NamespaceAsync();
        await using var space = await cluster.NamespaceAsync();
        var workloads = await ThreeAsync(space);
        var needed = Permission.OfOperator(home, space.Name);
        var account = await TestAccount.CreateAsync(home, needed);
        var first = await home.OperatorAsync("--kubeconfig", account.Kubeconfig, "--namespace", space.Name);
        await Task.WhenAll(workloads.Select(workload => workload.AdoptedAsync()));
        await first.TerminateAsync();

        await account.RevokeAsync(right => IsOfSecrets(right, space) && right.Verb == missing);
        await home.OperatorAsync("--kubeconfig", account.Kubeconfig, "--namespace", space.Name);
        await space.EventAsync("both", NotFollowed, note => note.Contains("secret/cred", StringComparison.Ordinal));
        await space.EditConfigMapAsync("conf", ("level", "B"));
        await Task.WhenAll(workloads.Select(workload => workload.RolledAsync(1)));

        // After that rollout: the pods that it made have read the first value.
        await space.EditSecretAsync("cred", ("p", "2"));
        await account.SetAsync(needed);
        await workloads[1].RolledAsync(2);
        await workloads[2].RolledAsync(2);
        Assert.Equal(1, await workloads[0].TemplateChangesAsync());
    }

    [Fact]
    public async Task A_right_in_one_of_two_namespaces_is_used_there()
    {
        await using var home = await cluster.NamespaceAsync();
        await using var shop = await cluster.NamespaceAsync();
        await using var office = await cluster.NamespaceAsync();
        var (full, part) = (await ThreeAsync(shop), await ThreeAsync(office));
        var account = await TestAccount.CreateAsync(home, Permission.OfOperator(home, shop.Name, office.Name).Where(right => !IsOfSecrets(right, office)));
        await home.OperatorAsync("--kubeconfig", account.Kubeconfig, "--namespace", shop.Name, "--namespace", office.Name);
        await Task.WhenAll(full.Concat(part).Select(workload => workload.AdoptedAsync()));
        await shop.EditSecretAsync("cred", ("p", "2"));
        await office.EditSecretAsync("cred", ("p", "2"));
        await office.EditConfigMapAsync("conf", ("level", "B"));
        await full[1].RolledAsync(1);
        await part[1].RolledAsync(1);
        Assert.DoesNotContain(NotFollowed, await shop.EventReasonsAsync("both"));
    }

    [Fact]
    public async Task Without_the_right_to_a_kind_of_workload_the_others_roll_and_it_is_ready()
    {
        await using var home = await cluster.NamespaceAsync();
        await using var space = await cluster.NamespaceAsync();
        var workloads = await ThreeAsync(space);
        var set = await space.DeployAsync(WorkloadKind.StatefulSet, "set", PodSpecs.EnvFrom(SourceKind.ConfigMap, "conf"));
        var needed = Permission.OfOperator(home, space.Name);
        var account = await TestAccount.CreateAsync(home, needed.Where(right => right.Resource != "statefulsets"));
        var running = await home.OperatorAsync("--kubeconfig", account.Kubeconfig, "--namespace", space.Name);
        await workloads[0].AdoptedAsync();
        await space.EditConfigMapAsync("conf", ("level", "B"));
        await workloads[0].RolledAsync(1);
        await running.MetricIsAsync("rollout_operator_watch_synced{resource=\"statefulsets\"}", 0);
        Assert.Null(await set.LedgerAsync());
        await account.SetAsync(needed);
        await set.AdoptedAsync();
    }

    [Fact]
    public async Task Without_the_right_to_the_digest_key_secrets_are_unknown_until_it_is_granted()
    {
        await using var home = await cluster.NamespaceAsync();
        await using var space = await cluster.NamespaceAsync();
        var workloads = await ThreeAsync(space);
        var needed = Permission.OfOperator(home, space.Name);
        var account = await TestAccount.CreateAsync(home, needed.Where(right => right.Resource != "secrets" || right.Namespace != home.Name));
        var running = await home.OperatorAsync("--kubeconfig", account.Kubeconfig, "--namespace", space.Name);
        await Task.WhenAll(workloads.Select(workload => workload.AdoptedAsync()));
        await space.EditConfigMapAsync("conf", ("level", "B"));
        await Task.WhenAll(workloads.Select(workload => workload.RolledAsync(1)));
        Assert.Contains("digest key", await space.EventAsync("both", NotFollowed), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await running.StatusAsync("/readyz"));

        await account.SetAsync(needed);
        await workloads[1].SourceAsync("secret/cred");
        await space.EditSecretAsync("cred", ("p", "2"));
        await workloads[1].RolledAsync(2);
    }

    private static bool IsOfSecrets(Permission right, TestNamespace space) => right.Resource == "secrets" && right.Namespace == space.Name;

    // One uses the ConfigMap alone, one the Secret too, and one the Secret if there is one.
    private static async Task<TestWorkload[]> ThreeAsync(TestNamespace space)
    {
        await space.ConfigMapAsync("conf", ("level", "A"));
        await space.SecretAsync("cred", ("p", "1"));
        const string Optional = """
            {"containers": [{"name": "main", "image": "example.invalid/app:1", "envFrom": [
                {"configMapRef": {"name": "conf"}}, {"secretRef": {"name": "cred", "optional": true}}]}]}
            """;
        return
        [
            await space.DeployAsync("cm-only", PodSpecs.EnvFrom(SourceKind.ConfigMap, "conf")),
            await space.DeployAsync("both", PodSpecs.EnvFrom(SourceKind.ConfigMap, "conf", SourceKind.Secret, "cred")),
            await space.DeployAsync("both-optional", Optional),
        ];
    }
}
