using System.Text.RegularExpressions;

namespace RolloutOperator.Tests.Architecture;

/// <summary>Tests that documents name, and those that there are.</summary>
internal static class NamedTests
{
    private static readonly Lazy<HashSet<string>> All = new(() =>
    [
        .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .SelectMany(file => Regex.Matches(File.ReadAllText(file), @"public (?:async )?(?:Task|void) (\w+)\(").Select(match => match.Groups[1].Value)),
    ]);

    public static IEnumerable<string> In(string text) => Regex.Matches(text, "`(\\w+)`").Select(match => match.Groups[1].Value);

    public static void Exist(IEnumerable<string> names) => Assert.All(names, name => Assert.Contains(name, All.Value));
}
