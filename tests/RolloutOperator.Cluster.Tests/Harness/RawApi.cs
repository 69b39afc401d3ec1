using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>What the operator's own client has no verbs for, subresources above all, by way of <c>kubectl proxy</c>.</summary>
internal sealed class RawApi : IDisposable
{
    private readonly Process _proxy;
    private readonly HttpClient _http;

    private RawApi(Process proxy, Uri address)
    {
        _proxy = proxy;
        _http = new() { BaseAddress = address };
    }

    public static async Task<RawApi> StartAsync(ProcessStartInfo kubectl)
    {
        var proxy = Process.Start(kubectl)!;
        var line = await proxy.StandardOutput.ReadLineAsync().WaitAsync(Cluster.Patience);
        return new(proxy, new($"http://{line!.Split(' ')[^1]}"));
    }

    public Uri Address => _http.BaseAddress!;

    /// <summary>Patches the status of an object; does nothing if it is gone.</summary>
    public async Task PatchStatusAsync(string path, JsonObject status)
    {
        using var body = new ByteArrayContent(Json.Bytes(new() { ["status"] = status }));
        body.Headers.ContentType = new MediaTypeHeaderValue("application/merge-patch+json");
        using var answer = await _http.PatchAsync(new Uri(path + "/status", UriKind.Relative), body);
        Check(answer);
    }

    /// <summary>Deletes an object without grace; does nothing if it is gone.</summary>
    public async Task DeleteNowAsync(string path)
    {
        using var answer = await _http.DeleteAsync(new Uri(path + "?gracePeriodSeconds=0", UriKind.Relative));
        Check(answer);
    }

    public void Dispose()
    {
        _proxy.Kill();
        _proxy.Dispose();
        _http.Dispose();
    }

    private static void Check(HttpResponseMessage answer)
    {
        if (answer.StatusCode != System.Net.HttpStatusCode.NotFound)
        {
            answer.EnsureSuccessStatusCode();
        }
    }
}
