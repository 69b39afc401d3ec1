using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace RolloutOperator.Registry.Cluster.Tests;

/// <summary>A token server that the registry trusts: user "user" with password "secret" may pull and push.</summary>
public sealed class TokenServer : IAsyncDisposable
{
    private const string ValidAuthorization = "Basic dXNlcjpzZWNyZXQ=";

    private readonly WebApplication _app;

    private TokenServer(WebApplication app) => _app = app;

    public ConcurrentQueue<string> Requests { get; } = new();

    public static async Task<TokenServer> StartAsync(Registries registries)
    {
        using var pem = X509Certificate2.CreateFromPemFile(registries.TokenCertificate, registries.TokenKey);
        var chain = Convert.ToBase64String(pem.RawData);
        var key = ECDsa.Create();
        key.ImportFromPem(await File.ReadAllTextAsync(registries.TokenKey));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, registries.Port("realm")));
        var server = new TokenServer(builder.Build());
        server._app.Run(context => server.AnswerAsync(context, key, chain));
        await server._app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context, ECDsa key, string chain)
    {
        Requests.Enqueue(context.Request.Path + context.Request.QueryString);
        if (context.Request.Headers.Authorization != ValidAuthorization)
        {
            context.Response.StatusCode = 401;
            return;
        }

        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var scope = context.Request.Query["scope"].ToString().Split(':');
        var access = scope.Length == 3 ? $$"""{"type":"{{scope[0]}}","name":"{{scope[1]}}","actions":["{{string.Join("\",\"", scope[2].Split(','))}}"]}""" : "";
        var claims = $$"""{"iss":"tests","sub":"user","aud":"registry","exp":{{now + 300}},"nbf":{{now - 10}},"iat":{{now}},"jti":"{{now}}","access":[{{access}}]}""";
        var signed = $"{Encode($$"""{"typ":"JWT","alg":"ES256","x5c":["{{chain}}"]}""")}.{Encode(claims)}";
        var signature = Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256));
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync($$"""{"token":"{{signed}}.{{signature}}","expires_in":300}""");
    }

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
