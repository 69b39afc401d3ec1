using System.Text.Json;
using System.Text.RegularExpressions;

namespace RolloutOperator.Tests.Architecture;

/// <summary>The bases of the image are known to the last byte, and fit the packages that the lock files know.</summary>
public partial class DockerfileTests
{
    private static readonly string Dockerfile = File.ReadAllText(Path.Combine(Repository.Root, "Dockerfile"));

    [Theory]
    [InlineData("SDK")]
    [InlineData("BASE")]
    public void A_base_is_named_by_version_and_digest(string argument) => Assert.Single(Bases(), match => match.Groups["argument"].Value == argument);

    [Fact]
    public void Every_stage_is_built_on_one_of_them() => Assert.Equal(
        ["${SDK}", "${BASE}"],
        Stage().Matches(Dockerfile).Select(match => match.Groups["base"].Value));

    [Theory]
    [InlineData("amd64", "Microsoft.NET.ILLink.Tasks")]
    [InlineData("amd64", "Microsoft.DotNet.ILCompiler")]
    [InlineData("arm64", "Microsoft.NET.ILLink.Tasks")]
    [InlineData("arm64", "Microsoft.DotNet.ILCompiler")]
    public void The_lock_files_know_the_compiler_of_the_same_runtime(string architecture, string name)
    {
        using var locks = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "src", "RolloutOperator", $"packages.{architecture}.lock.json")));
        var compiler = locks.RootElement.GetProperty("dependencies").EnumerateObject()
            .Select(framework => framework.Value.TryGetProperty(name, out var package) ? package.GetProperty("resolved").GetString() : null)
            .OfType<string>().Distinct();
        Assert.Equal(Bases().Where(match => match.Groups["argument"].Value == "BASE").Select(match => match.Groups["version"].Value), compiler);
    }

    private static MatchCollection Bases() => Base().Matches(Dockerfile);

    [GeneratedRegex("^ARG (?<argument>[A-Z]+)=[a-z./-]+:(?<version>[0-9]+\\.[0-9]+\\.[0-9]+)-[a-z-]+@sha256:[0-9a-f]{64}$", RegexOptions.Multiline)]
    private static partial Regex Base();

    [GeneratedRegex("^FROM (--platform=\\S+ )?(?<base>\\S+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Stage();
}
