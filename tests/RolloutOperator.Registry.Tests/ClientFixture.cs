using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace RolloutOperator.Registry.Tests;

/// <summary>A client with a manual clock, and one scripted registry. Its host name resolves to the loopback.</summary>
internal sealed class ClientFixture : IAsyncDisposable
{
    private readonly string _permitted;
    private RegistryClient? _client;

    private ClientFixture(ScriptedRegistry registry, string permitted) => (Registry, _permitted) = (registry, permitted);

    public ScriptedRegistry Registry { get; }

    public TestClock Time { get; } = new(new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero));

    public double Random { get; set; } = 0.5;

    public string Host => $"registry.test:{Registry.Port}";

    public ConcurrentQueue<RegistryExchange> Exchanges { get; } = new();

    /// <summary>JSON members to add to the registry's entry in the settings, with a comma after each.</summary>
    public string EntrySettings { get; set; } = "";

    /// <summary>JSON members to add to the settings, with a comma after each.</summary>
    public string Settings { get; set; } = "";

    /// <summary>Entries of other registries, with a comma before each.</summary>
    public string OtherEntries { get; set; } = "";

    public Func<string, IPAddress[]> ResolveName { get; set; } = _ => [IPAddress.Loopback];

    public ConcurrentQueue<string> ResolvedNames { get; } = new();

    /// <summary>Created at the first use, with the settings at that time.</summary>
    public RegistryClient Client => _client ??= new(ReadSettings(), Time, () => Random, Exchanges.Enqueue, (name, _) =>
    {
        ResolvedNames.Enqueue(name);
        return Task.FromResult(ResolveName(name));
    });

    public static async Task<ClientFixture> StartAsync(Func<HttpContext, Task> script) => With(await ScriptedRegistry.StartAsync(script));

    public static ClientFixture With(ScriptedRegistry registry, string permitted = "127.0.0.1/32") => new(registry, permitted);

    public Task<Resolution> ResolveAsync(string? dockerConfig = null, string image = "app:1", CancellationToken? cancellationToken = null) =>
        Client.ResolveAsync(
            Reference(image),
            dockerConfig is null ? Keyring.Empty : Keyring.OfDockerConfigJson(Encoding.UTF8.GetBytes(dockerConfig)),
            cancellationToken ?? TestContext.Current.CancellationToken);

    public ImageReference Reference(string image) => ParseReference($"{Host}/{image}");

    public string DockerConfig(string user = "user", string password = "secret") => Responses.DockerConfig(Host, user, password);

    public static ImageReference ParseReference(string text)
    {
        Assert.True(ImageReference.TryParse(text, out var reference, out var problem), problem);
        return reference;
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        await Registry.DisposeAsync();
    }

    private RegistrySettings ReadSettings()
    {
        var http = Registry.IsHttps ? "" : "\"http\":true,";
        var json = $$"""{ {{Settings}} "registries": { "{{Host}}": { {{http}}{{EntrySettings}} "networks": ["{{_permitted}}"] } {{OtherEntries}} } }""";
        Assert.True(RegistrySettings.TryRead(Encoding.UTF8.GetBytes(json), out var settings, out var problems), string.Join('\n', problems));
        return settings;
    }
}
