using System.Text;

namespace RolloutOperator.Registry.Tests;

/// <summary>Which credentials are sent, and when a rejected one is sent again.</summary>
public sealed class CredentialTests
{
    private const string Basic = "Basic dXNlcjpzZWNyZXQ=";

    [Trait("Image", "updated-credentials")]
    [Fact]
    public async Task A_rejected_credential_is_not_sent_again_until_it_changes()
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.IfAuthorized(Basic, Responses.Digest(Responses.DigestA), "Basic realm=\"x\""));
        AssertResolution.Failed(ResolutionStatus.BadCredential, await fixture.ResolveAsync(fixture.DockerConfig(password: "old")));
        Assert.Equal(2, fixture.Registry.Requests.Count);
        var nothing = AssertResolution.Failed(ResolutionStatus.BadCredential, await fixture.ResolveAsync(fixture.DockerConfig(password: "old"), "other:2"));
        Assert.True(nothing.RetryAfter > TimeSpan.FromHours(5));
        Assert.Equal(2, fixture.Registry.Requests.Count);
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync(fixture.DockerConfig()));
    }

    [Trait("Image", "updated-credentials")]
    [Fact]
    public async Task After_ForgetRejections_a_rejected_credential_is_sent_again()
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.Challenge("Basic realm=\"x\""));
        AssertResolution.Failed(ResolutionStatus.BadCredential, await fixture.ResolveAsync(fixture.DockerConfig()));
        fixture.Registry.Script = Responses.IfAuthorized(Basic, Responses.Digest(Responses.DigestA), "Basic realm=\"x\"");
        AssertResolution.Failed(ResolutionStatus.BadCredential, await fixture.ResolveAsync(fixture.DockerConfig()));
        fixture.Client.ForgetRejections(fixture.Reference("app:1"), Keyring.OfDockerConfigJson(Encoding.UTF8.GetBytes(fixture.DockerConfig())));
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync(fixture.DockerConfig()));
    }

    [Trait("Image", "several-credentials")]
    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    public async Task Several_credentials_are_tried_in_the_order_of_the_kubelet(int status)
    {
        await using var fixture = await ClientFixture.StartAsync(context => context.Request.Headers.Authorization.ToString() switch
        {
            "" => Responses.Challenge("Basic realm=\"x\"")(context),
            Basic => Responses.Digest(Responses.DigestA)(context),
            _ => Responses.Answer(status, "", ("WWW-Authenticate", "Basic realm=\"x\""))(context),
        });
        var config = $$"""{"auths":{ "{{fixture.Host}}":{"username":"user","password":"secret"}, "{{fixture.Host}}/team":{"username":"wrong","password":"wrong"} } }""";
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync(config, "team/app:1"));
        Assert.Equal(Basic, fixture.Registry.Requests.Last().Authorization);
        Assert.Contains(fixture.Registry.Requests, request => request.Authorization == "Basic d3Jvbmc6d3Jvbmc=");
    }

    [Fact]
    public async Task Basic_is_sent_after_a_challenge_and_then_cached()
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.IfAuthorized(Basic, Responses.Digest(Responses.DigestA), "Basic realm=\"x\""));
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync(fixture.DockerConfig()));
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync(fixture.DockerConfig()));
        Assert.Equal([null, Basic, Basic], fixture.Registry.Requests.Select(request => request.Authorization));
        AssertResolution.Failed(ResolutionStatus.Unauthorized, await fixture.ResolveAsync());
        Assert.Null(fixture.Registry.Requests.Last().Authorization);
    }
}
