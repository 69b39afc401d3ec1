using RolloutOperator.Registry.Auth;

namespace RolloutOperator.Registry.Tests;

/// <summary>The parser of WWW-Authenticate. Expected values are schemes, and parameters after a bar each.</summary>
public sealed class ChallengeTests
{
    public static TheoryData<string, string[]> Headers => new()
    {
        { "Basic", ["Basic"] },
        { "Basic realm=\"x\"", ["Basic|realm=x"] },
        { "basic realm=x", ["basic|realm=x"] },
        { "BEARER REALM=\"https://A.example/Token\",Service=\"s\"", ["BEARER|REALM=https://A.example/Token|Service=s"] },
        { "Bearer realm=\"https://a/t?x=1&y=2\",service=\"a, b=c\",scope=\"repository:x:pull,push\"", ["Bearer|realm=https://a/t?x=1&y=2|scope=repository:x:pull,push|service=a, b=c"] },
        { "Bearer realm=\"a\", Basic realm=\"b\"", ["Bearer|realm=a", "Basic|realm=b"] },
        { "Basic, Bearer realm=\"b\"", ["Basic", "Bearer|realm=b"] },
        { "Negotiate, NTLM, Basic realm=\"b\"", ["Negotiate", "NTLM", "Basic|realm=b"] },
        { "Negotiate YII=, Bearer realm=\"b\"", ["Negotiate", "Bearer|realm=b"] },
        { "Negotiate YIIabc/+==", ["Negotiate"] },
        { "Negotiate YIIabc, Basic realm=b", ["Negotiate", "Basic|realm=b"] },
        { "Bearer realm = \"a\" , service = s", ["Bearer|realm=a|service=s"] },
        { "  ,, Bearer   realm=\"a\",,service=\"s\",", ["Bearer|realm=a|service=s"] },
        { "Bearer realm=\"a\\\"b\\\\c\"", ["Bearer|realm=a\"b\\c"] },
        { "Bearer realm=\"a\",realm=\"b\"", ["Bearer|realm=a"] },
        { "Bearer realm=\"\"", ["Bearer|realm="] },
        { "Bearer\trealm=\"a\"", ["Bearer|realm=a"] },
        { "", [] },
        { ",", [] },
        { "=", [] },
        { "\"Bearer\" realm=a", [] },
        { "Bearer realm=\"a", [] },
        { "Bearer realm=\"a\\", [] },
        { "Basic realm=\"ok\", Bearer realm=\"a", ["Basic|realm=ok"] },
        { "Bearer realm=\"a\" service=\"s\"", ["Bearer|realm=a|service=s"] },
        { "Bearer realm=\"a\"; x", ["Bearer|realm=a"] },
        { "Bärer realm=\"a\"", [] },
        { "Bearer realm=,x=y", ["Bearer"] },
    };

    [Trait("Image", "challenges")]
    [Theory]
    [MemberData(nameof(Headers))]
    public void A_challenge_header_is_parsed_up_to_the_first_error(string header, string[] challenges) => Assert.Equal(challenges, Read(header));

    [Trait("Image", "challenges")]
    [Fact]
    public void Several_challenge_headers_are_one_list() => Assert.Equal(["Bearer|realm=a", "Basic|realm=b"], Read("Bearer realm=a", "Basic realm=b"));

    [Fact]
    public void Challenges_are_bounded_in_number_and_length()
    {
        Assert.Equal(16, Read(string.Join(',', Enumerable.Repeat("Basic", 100))).Length);
        Assert.Empty(Read("Bearer " + string.Join(',', Enumerable.Range(0, 33).Select(i => $"p{i}=v"))));
        Assert.Empty(Read("Bearer realm=\"" + new string('x', 20_000) + "\""));
    }

    private static string[] Read(params string[] headers) =>
        [.. Challenge.Parse(headers).Select(challenge => string.Join('|', [challenge.Scheme, .. challenge.Parameters.Select(each => $"{each.Key}={each.Value}").Order(StringComparer.OrdinalIgnoreCase)]))];
}
