using System.Net;

namespace RolloutOperator.Registry.Tests;

public sealed class TlsTests
{
    private readonly CertificateAuthority _authority = CertificateAuthority.CreateRoot("an authority of the test");

    [Fact]
    public async Task A_registry_is_trusted_by_its_caFile()
    {
        await using var folder = new TempFolder();
        await using var fixture = ClientFixture.With(await ScriptedRegistry.StartAsync(Responses.Digest(Responses.DigestA), _authority.ForServer("registry.test")));
        fixture.EntrySettings = $"\"caFile\":\"{folder.Write("ca.pem", _authority.Pem)}\",";
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync());
    }

    [Fact]
    public async Task Without_its_caFile_a_private_CA_is_not_trusted()
    {
        await using var fixture = ClientFixture.With(await ScriptedRegistry.StartAsync(Responses.Digest(Responses.DigestA), _authority.ForServer("registry.test")));
        var nothing = AssertResolution.Failed(ResolutionStatus.Unavailable, await fixture.ResolveAsync());
        Assert.Contains("caFile", nothing.Message, StringComparison.Ordinal);
        Assert.Empty(fixture.Registry.Requests);
    }

    [Theory]
    [InlineData("other.test", true)]
    [InlineData("registry.test", false)]
    public async Task A_certificate_of_another_host_or_CA_is_not_trusted(string name, bool isRightAuthority)
    {
        await using var folder = new TempFolder();
        await using var fixture = ClientFixture.With(await ScriptedRegistry.StartAsync(Responses.Digest(Responses.DigestA), _authority.ForServer(name)));
        fixture.EntrySettings = $"\"caFile\":\"{folder.Write("ca.pem", (isRightAuthority ? _authority : CertificateAuthority.CreateRoot("an authority of the test")).Pem)}\",";
        AssertResolution.Failed(ResolutionStatus.Unavailable, await fixture.ResolveAsync());
        Assert.Empty(fixture.Registry.Requests);
    }

    [Fact]
    public async Task A_renewed_caFile_is_read_again()
    {
        await using var folder = new TempFolder();
        await using var fixture = ClientFixture.With(await ScriptedRegistry.StartAsync(Responses.Digest(Responses.DigestA), _authority.ForServer("registry.test")));
        fixture.EntrySettings = $"\"caFile\":\"{folder.Write("ca.pem", CertificateAuthority.CreateRoot("before").Pem)}\",";
        fixture.Random = 0;
        AssertResolution.Failed(ResolutionStatus.Unavailable, await fixture.ResolveAsync());
        folder.Write("ca.pem", _authority.Pem);
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync());
    }

    [Fact]
    public async Task The_caFile_of_one_registry_is_not_used_for_another()
    {
        await using var folder = new TempFolder();
        await using var other = await ScriptedRegistry.StartAsync(Responses.Digest(Responses.DigestB), _authority.ForServer("other.test"));
        await using var fixture = ClientFixture.With(await ScriptedRegistry.StartAsync(Responses.Digest(Responses.DigestA), _authority.ForServer("registry.test")));
        fixture.EntrySettings = $"\"caFile\":\"{folder.Write("ca.pem", _authority.Pem)}\",";
        fixture.Settings = "\"networks\":[\"127.0.0.0/8\"],";
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync());
        AssertResolution.Failed(ResolutionStatus.Unavailable, await fixture.Client.ResolveAsync(ClientFixture.ParseReference($"other.test:{other.Port}/app:1"), Keyring.Empty, TestContext.Current.CancellationToken));
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task Plain_http_is_not_used_unless_the_settings_say_so()
    {
        await using var plain = await ScriptedRegistry.StartAsync(Responses.Digest(Responses.DigestA));
        await using var fixture = ClientFixture.With(await ScriptedRegistry.StartAsync(Responses.Digest(Responses.DigestA)));
        fixture.Settings = "\"networks\":[\"127.0.0.0/8\"],";
        AssertResolution.Failed(ResolutionStatus.Unavailable, await fixture.Client.ResolveAsync(ClientFixture.ParseReference($"plain.test:{plain.Port}/app:1"), Keyring.Empty, TestContext.Current.CancellationToken));
        Assert.Empty(plain.Requests);
    }
}
