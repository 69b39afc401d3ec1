using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace RolloutOperator.Registry.Tests;

/// <summary>A client, and one registry for it to talk to, by a name that leads to the loopback.</summary>
internal sealed class Lab : IAsyncDisposable
{
    private RegistryClient? _client;

    private readonly string _permitted;

    private Lab(ScriptedRegistry registry, string permitted) => (Registry, _permitted) = (registry, permitted);

    public ScriptedRegistry Registry { get; }

    public ManualTime Time { get; } = new();

    public double Chance { get; set; } = 0.5;

    public string Host => $"registry.test:{Registry.Port}";

    public ConcurrentQueue<RegistryExchange> Exchanges { get; } = new();

    /// <summary>Members that are added to the registry's entry in the settings.</summary>
    public string Special { get; set; } = "";

    /// <summary>Members that are added to the settings.</summary>
    public string More { get; set; } = "";

    /// <summary>Entries of other registries, each with a comma before it.</summary>
    public string Others { get; set; } = "";

    /// <summary>Where names lead.</summary>
    public Func<string, IPAddress[]> Names { get; set; } = _ => [IPAddress.Loopback];

    public ConcurrentQueue<string> Resolved { get; } = new();

    public RegistryClient Client => _client ??= new(Settings(), Time, () => Chance, Exchanges.Enqueue, (name, _) =>
    {
        Resolved.Enqueue(name);
        return Task.FromResult(Names(name));
    });

    public static async Task<Lab> StartAsync(Func<HttpContext, Task> script) => With(await ScriptedRegistry.StartAsync(script));

    public static Lab With(ScriptedRegistry registry, string permitted = "127.0.0.1/32") => new(registry, permitted);

    public Task<Resolution> LookAsync(string? config = null, string image = "app:1") =>
        Client.ResolveAsync(Reference(image), config is null ? Keyring.Empty : Keyring.OfDockerConfigJson(Encoding.UTF8.GetBytes(config)), TestContext.Current.CancellationToken);

    public ImageReference Reference(string image) => Parse($"{Host}/{image}");

    public string Config(string user = "user", string password = "secret") => Say.Config(Host, user, password);

    public static ImageReference Parse(string text)
    {
        Assert.True(ImageReference.TryParse(text, out var reference, out var problem), problem);
        return reference;
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        await Registry.DisposeAsync();
    }

    private RegistrySettings Settings()
    {
        var http = Registry.IsHttps ? "" : "\"http\":true,";
        var json = $$"""{ {{More}} "registries": { "{{Host}}": { {{http}}{{Special}} "networks": ["{{_permitted}}"] } {{Others}} } }""";
        Assert.True(RegistrySettings.TryRead(Encoding.UTF8.GetBytes(json), out var settings, out var problems), string.Join('\n', problems));
        return settings;
    }
}
