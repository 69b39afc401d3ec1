using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>
/// A validating webhook of one test: asked about the operator's patches of Deployments in the test's namespace, it does
/// what the test says. All else, it lets through.
/// </summary>
public sealed class AdmissionWebhook : IAsyncDisposable
{
    private const string Label = "example.com/test";

    private readonly TestNamespace _space;
    private readonly WebApplication _app;
    private readonly X509Certificate2 _certificate = Certificate();
    private int _asked;
    private volatile bool _isKnown;

    private AdmissionWebhook(TestNamespace space)
    {
        _space = space;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(_certificate)));
        _app = builder.Build();
        _app.Run(TakeAsync);
    }

    /// <summary>From the name of the workload and the end of the call to null, or the reason of a refusal.</summary>
    public Func<string, CancellationToken, Task<string?>> Verdict { get; set; } = (_, _) => Task.FromResult<string?>(null);

    /// <summary>How often it was asked about a patch of the operator.</summary>
    public int Asked => _asked;

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
        await _space.Cluster.Client.DeleteAsync(Kinds.ValidatingWebhooks, null, Name, default);
        await _app.DisposeAsync();
        _certificate.Dispose();
    }

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=webhook", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new(2120, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }

    private async Task RegisterAsync(int timeoutSeconds)
    {
        await _space.Cluster.Client.MergePatchAsync(
            Kinds.Namespaces, null, _space.Name, Json.Bytes(new() { ["metadata"] = new JsonObject { ["labels"] = Json.Strings((Label, _space.Name)) } }), "test", Json.Read, default);
        await _space.Cluster.Client.CreateAsync(Kinds.ValidatingWebhooks, null, Json.Bytes(new()
        {
            ["metadata"] = new JsonObject { ["name"] = Name },
            ["webhooks"] = new JsonArray(new JsonObject
            {
                ["name"] = "webhook.example.com",
                ["clientConfig"] = new JsonObject
                {
                    ["url"] = $"https://127.0.0.1:{new Uri(_app.Urls.Single()).Port}/",
                    ["caBundle"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(_certificate.ExportCertificatePem())),
                },
                ["rules"] = new JsonArray(new JsonObject
                {
                    ["apiGroups"] = new JsonArray("apps"),
                    ["apiVersions"] = new JsonArray("v1"),
                    ["operations"] = new JsonArray("UPDATE"),
                    ["resources"] = new JsonArray("deployments"),
                }),
                ["namespaceSelector"] = new JsonObject { ["matchLabels"] = Json.Strings((Label, _space.Name)) },
                ["failurePolicy"] = "Fail",
                ["sideEffects"] = "None",
                ["timeoutSeconds"] = timeoutSeconds,
                ["admissionReviewVersions"] = new JsonArray("v1"),
            }),
        }), "test", Json.Read, default);
    }

    // The API server's own view of webhooks and of the labels of namespaces comes a little after what it stores.
    private async Task KnownAsync()
    {
        var deployments = Kinds.Of(Core.WorkloadKind.Deployment);
        var first = (await _space.Cluster.Client.ListPageAsync(deployments, _space.Name, new(), Json.Read, default)).Items[0];
        var touched = 0;
        await Cluster.EventuallyAsync("the webhook is asked", async () =>
        {
            await _space.PatchAsync(deployments, first.Text("metadata", "name")!, new()
            {
                ["metadata"] = new JsonObject { ["annotations"] = Json.Strings(("example.com/touched", $"{++touched}")) },
            });
            return _isKnown;
        });
    }

    private async Task TakeAsync(HttpContext context)
    {
        _isKnown = true;
        var review = await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var (uid, name) = (review.Text("request", "uid")!, review.Text("request", "name")!);
        string? refusal = null;
        if (review.Text("request", "options", "fieldManager") == Core.Names.FieldManager)
        {
            Interlocked.Increment(ref _asked);
            refusal = await Verdict(name, context.RequestAborted);
        }

        var response = new JsonObject { ["uid"] = uid, ["allowed"] = refusal is null };
        if (refusal is not null)
        {
            response["status"] = new JsonObject { ["code"] = 403, ["message"] = refusal };
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
