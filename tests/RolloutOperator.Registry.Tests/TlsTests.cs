using System.Net;

namespace RolloutOperator.Registry.Tests;

public sealed class TlsTests
{
    private readonly Authority _authority = new("an authority of the test");

    [Fact]
    public async Task An_authority_of_the_settings_vouches_for_its_registry()
    {
        await using var files = new Files();
        await using var lab = Lab.With(await ScriptedRegistry.StartAsync(Say.Digest(Say.A), _authority.ForServer("registry.test")));
        lab.Special = $"\"caFile\":\"{files.Write("ca.pem", _authority.Pem)}\",";
        Expect.Found(Say.A, await lab.LookAsync());
    }

    [Fact]
    public async Task Without_it_nobody_does()
    {
        await using var lab = Lab.With(await ScriptedRegistry.StartAsync(Say.Digest(Say.A), _authority.ForServer("registry.test")));
        var nothing = Expect.Nothing(NoInformationReason.Unavailable, await lab.LookAsync());
        Assert.Contains("caFile", nothing.Detail, StringComparison.Ordinal);
        Assert.Empty(lab.Registry.Requests);
    }

    [Theory]
    [InlineData("other.test", true)]
    [InlineData("registry.test", false)]
    public async Task Neither_another_name_nor_another_authority_will_do(string name, bool isRightAuthority)
    {
        await using var files = new Files();
        await using var lab = Lab.With(await ScriptedRegistry.StartAsync(Say.Digest(Say.A), _authority.ForServer(name)));
        lab.Special = $"\"caFile\":\"{files.Write("ca.pem", (isRightAuthority ? _authority : new Authority("an authority of the test")).Pem)}\",";
        Expect.Nothing(NoInformationReason.Unavailable, await lab.LookAsync());
        Assert.Empty(lab.Registry.Requests);
    }

    [Fact]
    public async Task An_authority_that_was_renewed_is_read_again()
    {
        await using var files = new Files();
        await using var lab = Lab.With(await ScriptedRegistry.StartAsync(Say.Digest(Say.A), _authority.ForServer("registry.test")));
        lab.Special = $"\"caFile\":\"{files.Write("ca.pem", new Authority("before").Pem)}\",";
        lab.Chance = 0;
        Expect.Nothing(NoInformationReason.Unavailable, await lab.LookAsync());
        files.Write("ca.pem", _authority.Pem);
        lab.Time.Advance(TimeSpan.FromMinutes(1));
        Expect.Found(Say.A, await lab.LookAsync());
    }

    [Fact]
    public async Task One_registrys_authority_does_not_vouch_for_another()
    {
        await using var files = new Files();
        await using var other = await ScriptedRegistry.StartAsync(Say.Digest(Say.B), _authority.ForServer("other.test"));
        await using var lab = Lab.With(await ScriptedRegistry.StartAsync(Say.Digest(Say.A), _authority.ForServer("registry.test")));
        lab.Special = $"\"caFile\":\"{files.Write("ca.pem", _authority.Pem)}\",";
        lab.More = "\"networks\":[\"127.0.0.0/8\"],";
        Expect.Found(Say.A, await lab.LookAsync());
        Expect.Nothing(NoInformationReason.Unavailable, await lab.Client.ResolveAsync(Lab.Parse($"other.test:{other.Port}/app:1"), Keyring.Empty, TestContext.Current.CancellationToken));
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task A_registry_that_is_not_told_to_speak_in_the_clear_is_not_spoken_to_in_the_clear()
    {
        await using var plain = await ScriptedRegistry.StartAsync(Say.Digest(Say.A));
        await using var lab = Lab.With(await ScriptedRegistry.StartAsync(Say.Digest(Say.A)));
        lab.More = "\"networks\":[\"127.0.0.0/8\"],";
        Expect.Nothing(NoInformationReason.Unavailable, await lab.Client.ResolveAsync(Lab.Parse($"plain.test:{plain.Port}/app:1"), Keyring.Empty, TestContext.Current.CancellationToken));
        Assert.Empty(plain.Requests);
    }
}
