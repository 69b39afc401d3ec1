using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>
/// A validating webhook of one test. The test decides on the operator's patches of Deployments in the test's namespace;
/// everything else is allowed.
/// </summary>
public sealed class AdmissionWebhook : IAsyncDisposable
{
    private const string Label = "example.com/test";

    private readonly TestNamespace _space;
    private readonly WebApplication _app;
    private readonly CertificateAuthority _authority = CertificateAuthority.CreateRoot("webhook");
    private readonly X509Certificate2 _certificate;
    private int _calls;
    private volatile bool _isKnown;

    private AdmissionWebhook(TestNamespace space)
    {
        _space = space;
        _certificate = _authority.ForServer("127.0.0.1");
        _app = LoopbackHost.CreateBuilder(listen => listen.UseHttps(_certificate)).Build();
        _app.Run(ReviewAsync);
    }

    /// <summary>Decides on a patch of this workload, until the call is aborted: null, or the reason of a refusal.</summary>
    public Func<string, CancellationToken, Task<string?>> Verdict { get; set; } = (_, _) => Task.FromResult<string?>(null);

    /// <summary>The HTTP status code of a refusal.</summary>
    public int Code { get; set; } = 403;

    /// <summary>How often it was called for a patch of the operator.</summary>
    public int Calls => _calls;

    private string Name => "rollout-operator-test-" + _space.Name;

    public static async Task<AdmissionWebhook> StartAsync(TestNamespace space, int timeoutSeconds = 30)
    {
        var webhook = new AdmissionWebhook(space);
        await webhook._app.StartAsync();
        await webhook.RegisterAsync(timeoutSeconds);
        await webhook.KnownAsync();
        return webhook;
    }

    /// <summary>A verdict that refuses.</summary>
    public static Func<string, CancellationToken, Task<string?>> Refuse(string workload, string reason) =>
        (name, _) => Task.FromResult(name == workload ? reason : null);

    public async ValueTask DisposeAsync()
    {
        await _space.Cluster.Client.AdmissionregistrationV1.DeleteValidatingWebhookConfigurationAsync(Name);
        await _app.DisposeAsync();
        _certificate.Dispose();
    }

    private async Task RegisterAsync(int timeoutSeconds)
    {
        await _space.LabelAsync(Label, _space.Name);
        await _space.Cluster.Client.AdmissionregistrationV1.CreateValidatingWebhookConfigurationAsync(new V1ValidatingWebhookConfiguration
        {
            Metadata = new() { Name = Name },
            Webhooks =
            [
                new()
                {
                    Name = "webhook.example.com",
                    ClientConfig = new()
                    {
                        Url = $"https://127.0.0.1:{new Uri(_app.Urls.Single()).Port}/",
                        CaBundle = Encoding.ASCII.GetBytes(_authority.Pem),
                    },
                    Rules = [new() { ApiGroups = ["apps"], ApiVersions = ["v1"], Operations = ["UPDATE"], Resources = ["deployments"] }],
                    NamespaceSelector = new() { MatchLabels = new Dictionary<string, string> { [Label] = _space.Name } },
                    FailurePolicy = "Fail",
                    SideEffects = "None",
                    TimeoutSeconds = timeoutSeconds,
                    AdmissionReviewVersions = ["v1"],
                },
            ],
        });
    }

    // The API server's own view of webhooks and of the labels of namespaces comes a little after what it stores.
    private async Task KnownAsync()
    {
        var deployments = _space.Cluster.Client.AppsV1;
        var first = (await deployments.ListNamespacedDeploymentAsync(_space.Name)).Items[0].Name();
        var touched = 0;
        await TestCluster.EventuallyAsync("the webhook is called", async () =>
        {
            var annotations = new Dictionary<string, string> { ["example.com/touched"] = $"{++touched}" };
            await deployments.PatchNamespacedDeploymentAsync(
                TestNamespace.MergePatch(new V1Deployment { Metadata = new() { Annotations = annotations } }), first, _space.Name);
            return _isKnown;
        });
    }

    private async Task ReviewAsync(HttpContext context)
    {
        _isKnown = true;
        var review = await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var (uid, name) = (review.Text("request", "uid")!, review.Text("request", "name")!);
        string? refusal = null;
        if (review.Text("request", "options", "fieldManager") == Core.Templates.Names.FieldManager)
        {
            Interlocked.Increment(ref _calls);
            refusal = await Verdict(name, context.RequestAborted);
        }

        var response = new JsonObject { ["uid"] = uid, ["allowed"] = refusal is null };
        if (refusal is not null)
        {
            response["status"] = new JsonObject { ["code"] = Code, ["message"] = refusal };
        }

        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(new JsonObject
        {
            ["apiVersion"] = "admission.k8s.io/v1",
            ["kind"] = "AdmissionReview",
            ["response"] = response,
        }.ToJsonString());
    }
}
