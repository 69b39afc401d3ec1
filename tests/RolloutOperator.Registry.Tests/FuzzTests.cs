using System.Globalization;
using System.Text;
using RolloutOperator.Registry.Auth;
using RolloutOperator.Registry.Http;

namespace RolloutOperator.Registry.Tests;

/// <summary>
/// Random texts for everything that parses untrusted input. ROLLOUT_OPERATOR_FUZZ_RUNS sets the number of texts for each
/// parser. Work is measured as allocated bytes, which do not depend on the machine. Backtracking allocates nothing, but
/// at these lengths it would not come to an end.
/// </summary>
public sealed class FuzzTests
{
    private const int Long = 10_000;

    // The measured maximum is 27. One copy of the rest of the text at each step would be 10,000.
    private const int MaxBytesPerCharacter = 64;

    private static readonly int Runs = int.Parse(Environment.GetEnvironmentVariable("ROLLOUT_OPERATOR_FUZZ_RUNS") ?? "20000", CultureInfo.InvariantCulture);

    private static readonly string[] References =
        ["docker.io", "library/", "localhost", "a", "A", "0", ".", "-", "_", "__", "/", ":", "@", "[", "]", "::1", "sha256:", new string('a', 64), "latest", "xn--", ":5000", "é", "\n", "%2f", "\0"];

    private static readonly string[] Challenges =
        ["Bearer", "Basic", "Negotiate", " ", "\t", ",", "=", "\"", "\\", "realm", "scope", "service", "realm=\"https://a/t\"", "repository:a:pull,push", "a", "==", ";", "é", "\0", "\r\n"];

    private static readonly string[] Configs =
        ["{", "}", "[", "]", ":", ",", "\"", "\"auths\":", "\"auth\":", "\"username\":", "\"password\":", "\"identitytoken\":", "\"dTpw\"", "\"r.io\":{", "\"https://index.docker.io/v1/\":{", "\"*.io\":", "null", "1e9", "\\u", "\\ud800", " ", "true", "é", "\0", "{\"auths\":{"];

    [Trait("Image", "hostile-input")]
    [Fact]
    public void Random_references_are_parsed_with_bounded_work() => Fuzz(1, References, text =>
    {
        if (ImageReference.TryParse(text, out var reference, out var problem))
        {
            Assert.True(ImageReference.TryParse(reference.ToString(), out var again, out _));
            Assert.Equal(reference, again);
            _ = ManifestEndpoint.TryFind(reference, RegistrySettings.Default, out _, out _);
        }
        else
        {
            Assert.NotEmpty(problem);
        }
    });

    [Trait("Image", "hostile-input")]
    [Fact]
    public void Random_challenges_are_parsed_with_bounded_work() => Fuzz(2, Challenges, text =>
    {
        foreach (var challenge in Challenge.Parse([text]))
        {
            Assert.NotEmpty(challenge.Scheme);
            _ = ManifestEndpoint.TryFind(ClientFixture.ParseReference("r.io/app:1"), RegistrySettings.Default, out var endpoint, out _);
            if (TokenServer.TryReadRealm(challenge, endpoint!, RegistrySettings.Default, out var realm, out _))
            {
                _ = TokenServer.Get(realm, challenge, endpoint!, RegistryCredential.Anonymous);
            }
        }
    });

    [Trait("Image", "hostile-input")]
    [Fact]
    public void Random_docker_configs_are_read_with_bounded_work() => Fuzz(3, Configs, text =>
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        foreach (var keyring in (Keyring[])[Keyring.OfDockerConfigJson(bytes), Keyring.OfDockerCfg(bytes)])
        {
            Assert.NotEmpty(keyring.For("docker.io/library/app"));
        }
    });

    [Fact]
    public void Random_docker_config_keys_match_with_bounded_work() => Fuzz(4, ["*", "a", "?", ".", "/", ":", "5000", "https://", "**a", "["], text =>
    {
        var key = DockerConfigKey.TryParse(text);
        _ = key?.Matches(new string('a', 63) + ".io:5000/" + new string('a', 255));
    });

    [Trait("Image", "hostile-input")]
    [Theory]
    [InlineData("-")]
    [InlineData("a-")]
    [InlineData("_")]
    [InlineData("a.")]
    [InlineData("a/")]
    [InlineData("[")]
    [InlineData("\"")]
    [InlineData("\\")]
    [InlineData(",")]
    [InlineData("a,")]
    [InlineData("a=\"")]
    [InlineData("a=a,")]
    [InlineData("Basic a=a,")]
    [InlineData("{\"a\":")]
    [InlineData("\"*\":{},")]
    [InlineData("*")]
    [InlineData("*a")]
    public void Ten_thousand_repeated_characters_are_read_with_bounded_work(string unit)
    {
        var text = Repeat(unit, Long);
        foreach (var hostile in new[] { text, "a" + text + "!", $"{{\"auths\":{{\"{text}\":{{}}}}}}", $"{{\"auths\":{{{text}}}}}", "Bearer " + text, $"Bearer realm=\"{text}\"" })
        {
            InBoundedWork(hostile, each => _ = ImageReference.TryParse(each, out _, out _));
            InBoundedWork(hostile, each => _ = Challenge.Parse([each]));
            InBoundedWork(hostile, each => _ = Keyring.OfDockerConfigJson(Encoding.UTF8.GetBytes(each)).For(Repeat("a.", 250) + "io/a"));
        }
    }

    private static void Fuzz(int seed, string[] pieces, Action<string> read)
    {
        var random = new Random(seed);
        for (var run = 0; run < Runs; run++)
        {
            var text = Text(random, pieces, run);
            try
            {
                if (run % 100 == 0)
                {
                    InBoundedWork(text, read);
                }
                else
                {
                    read(text);
                }
            }
            catch (Exception e) when (e is not Xunit.Sdk.IAssertionException)
            {
                throw new Xunit.Sdk.XunitException($"Run {run}: {Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}", e);
            }
        }
    }

    // Meaningful pieces in random order with some noise. Every hundredth text is ten thousand characters long.
    private static string Text(Random random, string[] pieces, int run)
    {
        var length = run % 100 == 0 ? Long : random.Next(1, 120);
        var text = new StringBuilder();
        while (text.Length < length)
        {
            switch (random.Next(20))
            {
                case 0:
                    text.Append((char)random.Next(0x20, 0x7f));
                    break;
                case 1:
                    text.Append((char)random.Next(0x10000));
                    break;
                case 2 when run % 100 == 0:
                    text.Append(Repeat(pieces[random.Next(pieces.Length)], random.Next(Long)));
                    break;
                default:
                    text.Append(pieces[random.Next(pieces.Length)]);
                    break;
            }
        }

        return text.ToString(0, Math.Min(text.Length, Long));
    }

    private static void InBoundedWork(string text, Action<string> read)
    {
        // The first run allocates pooled buffers.
        read(text);
        var before = GC.GetAllocatedBytesForCurrentThread();
        read(text);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated <= MaxBytesPerCharacter * text.Length, $"{text.Length} characters that begin with {text[..Math.Min(40, text.Length)]} cost {allocated} bytes");
    }

    private static string Repeat(string unit, int length) => string.Concat(Enumerable.Repeat(unit, (length / unit.Length) + 1))[..length];
}
