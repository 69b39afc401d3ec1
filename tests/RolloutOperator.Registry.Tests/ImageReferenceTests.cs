using System.Globalization;
using System.Text;

namespace RolloutOperator.Registry.Tests;

public sealed class ImageReferenceTests
{
    private const string Hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private const string Digest = "sha256:" + Hex;
    private static readonly string A63 = new('a', 63);

    public static TheoryData<string, string, string, string?, string?> Good => new()
    {
        { "nginx", "docker.io", "library/nginx", "latest", null },
        { "nginx:1.27", "docker.io", "library/nginx", "1.27", null },
        { "grafana/grafana", "docker.io", "grafana/grafana", "latest", null },
        { "grafana/grafana:11.0.0", "docker.io", "grafana/grafana", "11.0.0", null },
        { "a/b/c/d:e", "docker.io", "a/b/c/d", "e", null },
        { "docker.io/nginx", "docker.io", "library/nginx", "latest", null },
        { "docker.io/library/nginx", "docker.io", "library/nginx", "latest", null },
        { "index.docker.io/nginx:1", "docker.io", "library/nginx", "1", null },
        { "index.docker.io/library/nginx", "docker.io", "library/nginx", "latest", null },
        { "registry-1.docker.io/library/nginx", "registry-1.docker.io", "library/nginx", "latest", null },
        { "docker.io:443/nginx", "docker.io:443", "nginx", "latest", null },
        { "registry.k8s.io/pause:3.9", "registry.k8s.io", "pause", "3.9", null },
        { "ghcr.io/a/b@" + Digest, "ghcr.io", "a/b", null, Digest },
        { "ghcr.io/a/b:v1@" + Digest, "ghcr.io", "a/b", "v1", Digest },
        { "nginx@" + Digest, "docker.io", "library/nginx", null, Digest },
        { "nginx:1@" + Digest, "docker.io", "library/nginx", "1", Digest },
        { "nginx@sha512:" + Hex + Hex, "docker.io", "library/nginx", null, "sha512:" + Hex + Hex },
        { "nginx@sha384:" + Hex + Hex[..32], "docker.io", "library/nginx", null, "sha384:" + Hex + Hex[..32] },
        { "localhost/app", "localhost", "app", "latest", null },
        { "localhost:5000/app:2", "localhost:5000", "app", "2", null },
        { "localhost", "docker.io", "library/localhost", "latest", null },
        { "localhost:5000", "docker.io", "library/localhost", "5000", null },
        { "example.com", "docker.io", "library/example.com", "latest", null },
        { "example.com:5000", "docker.io", "library/example.com", "5000", null },
        { "host/app", "docker.io", "host/app", "latest", null },
        { "host:5000/app", "host:5000", "app", "latest", null },
        { "HOST/app", "HOST", "app", "latest", null },
        { "Registry.Example/app", "Registry.Example", "app", "latest", null },
        { "DOCKER.IO/app", "DOCKER.IO", "app", "latest", null },
        { "10.0.0.1/app", "10.0.0.1", "app", "latest", null },
        { "10.0.0.1:5000/app:x", "10.0.0.1:5000", "app", "x", null },
        { "[::1]/app", "[::1]", "app", "latest", null },
        { "[::1]:5000/app:1", "[::1]:5000", "app", "1", null },
        { "[2001:DB8::7]:443/a/b@" + Digest, "[2001:DB8::7]:443", "a/b", null, Digest },
        { "[2001:0db8:0000:0000:0000:0000:0000:0007]/a", "[2001:0db8:0000:0000:0000:0000:0000:0007]", "a", "latest", null },
        { "xn--7o8h.com/app", "xn--7o8h.com", "app", "latest", null },
        { "a.b-c.d/e", "a.b-c.d", "e", "latest", null },
        { "a--b/c", "docker.io", "a--b/c", "latest", null },
        { "a-----b", "docker.io", "library/a-----b", "latest", null },
        { "a_b", "docker.io", "library/a_b", "latest", null },
        { "a__b/c", "docker.io", "a__b/c", "latest", null },
        { "a/b.c__d--e_f", "docker.io", "a/b.c__d--e_f", "latest", null },
        { "1/2:3", "docker.io", "1/2", "3", null },
        { "app:_hidden", "docker.io", "library/app", "_hidden", null },
        { "app:V1.2-RC_3", "docker.io", "library/app", "V1.2-RC_3", null },
        { "app:a..b--c", "docker.io", "library/app", "a..b--c", null },
        { "app:" + new string('t', 128), "docker.io", "library/app", new string('t', 128), null },
        { "r.io/" + new string('a', 255), "r.io", new string('a', 255), "latest", null },
        { "docker.io/library/" + Hex, "docker.io", "library/" + Hex, "latest", null },
        { Hex + ":latest", "docker.io", "library/" + Hex, "latest", null },
        { Hex[..63], "docker.io", "library/" + Hex[..63], "latest", null },
        { A63 + "." + A63 + ".io/app", A63 + "." + A63 + ".io", "app", "latest", null },
        { Digest, "docker.io", "library/sha256", Hex, null },
        { "r.io:65535/app", "r.io:65535", "app", "latest", null },
    };

    public static TheoryData<string, string> Bad => new()
    {
        { "", "is empty" },
        { Hex, "image id" },
        { " nginx", "repository name" },
        { "nginx ", "repository name" },
        { "nginx\n", "repository name" },
        { "nginx:1\n", "tag" },
        { "nginx@" + Digest + "\n", "digest" },
        { "Nginx", "upper-case" },
        { "library/Nginx:1", "upper-case" },
        { "ghcr.io/Owner/app", "upper-case" },
        { "https://ghcr.io/a/b", "port" },
        { "/app", "repository name" },
        { "app/", "repository name" },
        { "r.io/", "repository name" },
        { "r.io//app", "repository name" },
        { "a//b", "repository name" },
        { ":tag", "repository name" },
        { "@" + Digest, "repository name" },
        { ".app", "repository name" },
        { "app.", "repository name" },
        { "app-", "repository name" },
        { "-app", "repository name" },
        { "_app", "repository name" },
        { "app_", "repository name" },
        { "a/-b", "repository name" },
        { "a-/b", "repository name" },
        { "x/a..b", "repository name" },
        { "x/a___b", "repository name" },
        { "x/a._b", "repository name" },
        { "x/a-_b", "repository name" },
        { "x/a_-b", "repository name" },
        { "../app", "host name" },
        { "x/../app", "repository name" },
        { "r.io/a b", "repository name" },
        { "r.io/a%2fb", "repository name" },
        { "r.io/a?b=c", "repository name" },
        { "r.io/a\\b", "repository name" },
        { "r.io/a\0b", "repository name" },
        { "r.io/ünï", "repository name" },
        { "r.io/a\u0661", "repository name" },
        { "a.b__c-d/e", "host name" },
        { "é.com/app", "punycode" },
        { "a..b/app", "host name" },
        { ".io/app", "host name" },
        { "r.io./app", "host name" },
        { "-r.io/app", "host name" },
        { "r-.io/app", "host name" },
        { "r_x.io/app", "host name" },
        { "u@r.io/app", "repository name|digest" },
        { "user:password@r.io/app", "repository name|digest" },
        { A63 + "a.io/app", "host name" },
        { string.Join('.', Enumerable.Repeat(A63, 4)) + ".io/app", "253" },
        { "r.io:/app", "port" },
        { "r.io:x/app", "port" },
        { "r.io:0/app", "port" },
        { "r.io:65536/app", "port" },
        { "r.io:+80/app", "port" },
        { "r.io:80:80/app", "port" },
        { ":80/app", "host name" },
        { "::1/app", "port|host name" },
        { "[::1/app", "host|port|IPv6" },
        { "[]/app", "repository name|IPv6" },
        { "[]:1/app", "IPv6" },
        { "[:::]/app", "IPv6" },
        { "[::1%eth0]/app", "IPv6" },
        { "[::ffff:1.2.3.4]/app", "IPv6" },
        { "[1.2.3.4]/app", "IPv6" },
        { "[::1]x/app", "port" },
        { "app:", "tag" },
        { "app:-x", "tag" },
        { "app:.x", "tag" },
        { "app:a:b", "tag" },
        { "app:a+b", "tag" },
        { "app:ä", "tag" },
        { "app:" + new string('t', 129), "tag" },
        { "r.io/" + new string('a', 256), "255" },
        { new string('a', 248), "255" },
        { "app@", "digest" },
        { "app@sha256", "digest" },
        { "app@sha256:", "digest" },
        { "app@sha256:" + Hex[..63], "digest" },
        { "app@sha256:" + Hex + "0", "digest" },
        { "app@sha256:" + Hex.ToUpperInvariant(), "digest" },
        { "app@sha512:" + Hex, "digest" },
        { "app@md5:" + Hex[..32], "digest" },
        { "app@SHA256:" + Hex, "digest" },
        { "app@" + Digest + "@" + Digest, "digest" },
        { "app@" + Digest + ":tag", "digest" },
    };

    [Trait("Image", "references")]
    [Theory]
    [MemberData(nameof(Good))]
    public void A_valid_reference_is_parsed_into_its_parts(string text, string domain, string repository, string? tag, string? digest)
    {
        Assert.True(ImageReference.TryParse(text, out var reference, out var problem), problem);
        Assert.Equal((domain, repository, tag, digest), (reference.Domain, reference.Repository, reference.Tag, reference.Digest));
        Assert.Equal(digest is not null, reference.IsPinned);
        Assert.Equal("", problem);
    }

    [Trait("Image", "references")]
    [Theory]
    [MemberData(nameof(Bad))]
    public void An_invalid_reference_is_rejected_with_the_part_that_is_wrong(string text, string word)
    {
        Assert.False(ImageReference.TryParse(text, out var reference, out var problem));
        Assert.Null(reference);
        Assert.Contains(word.Split('|'), w => problem.Contains(w, StringComparison.Ordinal));
    }

    [Fact]
    public void Null_is_not_a_reference()
    {
        Assert.False(ImageReference.TryParse(null, out var reference, out var problem));
        Assert.Null(reference);
        Assert.Equal("is empty", problem);
    }

    [Fact]
    public void Equivalent_references_are_equal() =>
        Assert.Single(new[] { "nginx", "docker.io/nginx", "library/nginx:latest", "index.docker.io/library/nginx" }.Select(Parse).Distinct());

    [Theory]
    [MemberData(nameof(Good))]
    public void The_canonical_form_of_a_reference_parses_to_an_equal_one(
        string text, string domain, string repository, string? tag, string? digest)
    {
        var reference = Parse(text);
        Assert.Equal($"{domain}/{repository}{(tag is null ? "" : ":" + tag)}{(digest is null ? "" : "@" + digest)}", reference.ToString());
        Assert.Equal(reference, Parse(reference.ToString()));
    }

    [Fact]
    public void Every_accepted_reference_round_trips_and_fits_in_a_URI()
    {
        // Only relevant characters, so that many of the texts are valid.
        const string Alphabet = "aab1.:/-_@A[]::x/";
        string[] pieces = ["localhost", "docker.io", "library", "r.io:5000", "[::1]", Digest, "latest", "index.docker.io"];
        var random = new Random(1);
        var accepted = 0;
        for (var run = 0; run < 200_000; run++)
        {
            var text = new StringBuilder();
            for (var i = random.Next(1, 9); i > 0; i--)
            {
                _ = random.Next(5) == 0 ? text.Append(pieces[random.Next(pieces.Length)]) : text.Append(Alphabet[random.Next(Alphabet.Length)]);
            }

            if (ImageReference.TryParse(text.ToString(), out var reference, out _))
            {
                accepted++;
                Assert.Equal(reference, Parse(reference.ToString()));
                Assert.True(Uri.TryCreate($"https://{reference.Domain}/v2/{reference.Repository}/manifests/x", UriKind.Absolute, out var uri));
                Assert.Equal($"/v2/{reference.Repository}/manifests/x", uri.AbsolutePath);
            }
        }

        Assert.InRange(accepted, 10_000, 190_000);
    }

    [Fact]
    public void Random_text_does_not_throw()
    {
        var random = new Random(2);
        var bytes = new byte[64];
        for (var run = 0; run < 100_000; run++)
        {
            random.NextBytes(bytes);
            var length = random.Next(bytes.Length);
            var text = run % 2 == 0 ? Encoding.Latin1.GetString(bytes, 0, length) : Encoding.Unicode.GetString(bytes, 0, length);
            _ = ImageReference.TryParse(text, out _, out _);
        }
    }

    [Trait("Image", "hostile-input")]
    [Theory]
    [InlineData("-")]
    [InlineData("a-")]
    [InlineData("a/")]
    [InlineData("a.")]
    [InlineData("_")]
    [InlineData(":")]
    [InlineData("@")]
    [InlineData("[")]
    [InlineData("A.a/")]
    [InlineData("a:0")]
    [InlineData("0")]
    public void A_hostile_long_text_costs_a_bounded_number_of_copies(string unit)
    {
        // Backtracking allocates nothing, but would not come to an end at this length: backtracking expressions need seconds
        // for 26 characters.
        var text = "a" + string.Concat(Enumerable.Repeat(unit, 1_000_000 / unit.Length)) + "!";
        _ = ImageReference.TryParse(text, out _, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.False(ImageReference.TryParse(text, out _, out var problem));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(allocated, 0, 8L * text.Length + 1024);
        Assert.InRange(problem.Length, 1, 120);
    }

    private static ImageReference Parse(string text) =>
        ImageReference.TryParse(text, out var reference, out var problem)
            ? reference
            : throw new Xunit.Sdk.XunitException(string.Create(CultureInfo.InvariantCulture, $"'{text}' {problem}"));
}
