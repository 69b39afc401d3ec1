using System.Diagnostics;
using System.Globalization;
using System.Text;
using RolloutOperator.Registry.Auth;

namespace RolloutOperator.Registry.Tests;

/// <summary>
/// Random texts for everything that reads what strangers write. ROLLOUT_OPERATOR_FUZZ_RUNS says how many for each reader;
/// without it there are as many as an ordinary run has patience for.
/// </summary>
public sealed class FuzzTests
{
    private const int Long = 10_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(10);

    private static readonly int Runs = int.Parse(Environment.GetEnvironmentVariable("ROLLOUT_OPERATOR_FUZZ_RUNS") ?? "20000", CultureInfo.InvariantCulture);

    private static readonly string[] References =
        ["docker.io", "library/", "localhost", "a", "A", "0", ".", "-", "_", "__", "/", ":", "@", "[", "]", "::1", "sha256:", new string('a', 64), "latest", "xn--", ":5000", "é", "\n", "%2f", "\0"];

    private static readonly string[] Challenges =
        ["Bearer", "Basic", "Negotiate", " ", "\t", ",", "=", "\"", "\\", "realm", "scope", "service", "realm=\"https://a/t\"", "repository:a:pull,push", "a", "==", ";", "é", "\0", "\r\n"];

    private static readonly string[] Configs =
        ["{", "}", "[", "]", ":", ",", "\"", "\"auths\":", "\"auth\":", "\"username\":", "\"password\":", "\"identitytoken\":", "\"dTpw\"", "\"r.io\":{", "\"https://index.docker.io/v1/\":{", "\"*.io\":", "null", "1e9", "\\u", "\\ud800", " ", "true", "é", "\0", "{\"auths\":{"];

    [Fact]
    public void References_are_read_without_an_exception_and_in_time() => Fuzz(1, References, text =>
    {
        if (ImageReference.TryParse(text, out var reference, out var problem))
        {
            Assert.True(ImageReference.TryParse(reference.ToString(), out var again, out _));
            Assert.Equal(reference, again);
            _ = Settings.Place.TryFind(reference, RegistrySettings.Default, out _, out _);
        }
        else
        {
            Assert.NotEmpty(problem);
        }
    });

    [Fact]
    public void Challenges_are_read_without_an_exception_and_in_time() => Fuzz(2, Challenges, text =>
    {
        foreach (var challenge in ChallengeReader.ReadAll([text]))
        {
            Assert.NotEmpty(challenge.Scheme);
            _ = Settings.Place.TryFind(Lab.Parse("r.io/app:1"), RegistrySettings.Default, out var place, out _);
            if (Realm.TryRead(challenge, place!, RegistrySettings.Default, out var realm, out _))
            {
                _ = TokenRequest.Get(realm, challenge, place!, RegistryCredential.Anonymous);
            }
        }
    });

    [Fact]
    public void Docker_configs_are_read_without_an_exception_and_in_time() => Fuzz(3, Configs, text =>
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        foreach (var keyring in (Keyring[])[Keyring.OfDockerConfigJson(bytes), Keyring.OfDockerCfg(bytes)])
        {
            Assert.NotEmpty(keyring.For("docker.io/library/app"));
        }
    });

    [Fact]
    public void Keys_of_docker_configs_match_in_time() => Fuzz(4, ["*", "a", "?", ".", "/", ":", "5000", "https://", "**a", "["], text =>
    {
        var key = Credentials.KeyPattern.TryParse(text);
        _ = key?.Matches(new string('a', 63) + ".io:5000/" + new string('a', 255));
    });

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
    public void Ten_thousand_characters_of_the_same_take_no_time(string unit)
    {
        var text = Repeat(unit, Long);
        foreach (var hostile in new[] { text, "a" + text + "!", $"{{\"auths\":{{\"{text}\":{{}}}}}}", $"{{\"auths\":{{{text}}}}}", "Bearer " + text, $"Bearer realm=\"{text}\"" })
        {
            InTime(hostile, each => _ = ImageReference.TryParse(each, out _, out _));
            InTime(hostile, each => _ = ChallengeReader.ReadAll([each]));
            InTime(hostile, each => _ = Keyring.OfDockerConfigJson(Encoding.UTF8.GetBytes(each)).For(Repeat("a.", 250) + "io/a"));
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
                    InTime(text, read);
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

    // Pieces that mean something, in a random order; every so often noise among them, and every hundredth time ten thousand characters.
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

    // The machine may be busy with something else; a reader that is slow is so each time.
    private static void InTime(string text, Action<string> read)
    {
        var best = TimeSpan.MaxValue;
        for (var attempt = 0; attempt < 100 && best > Patience; attempt++)
        {
            var begun = Stopwatch.GetTimestamp();
            read(text);
            var taken = Stopwatch.GetElapsedTime(begun);
            best = taken < best ? taken : best;
        }

        Assert.True(best <= Patience, $"{text.Length} characters that begin with {text[..Math.Min(40, text.Length)]} took {best.TotalMilliseconds} ms");
    }

    private static string Repeat(string unit, int length) => string.Concat(Enumerable.Repeat(unit, (length / unit.Length) + 1))[..length];
}
