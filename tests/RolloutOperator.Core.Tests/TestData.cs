namespace RolloutOperator.Core.Tests;

/// <summary>
/// The golden folders, found by enumeration: adding a case is adding a folder. With ROLLOUT_OPERATOR_UPDATE_GOLDEN=1
/// a test writes what it got instead of comparing; the difference is then for a person to judge.
/// </summary>
internal static class TestData
{
    private static readonly bool Update = Environment.GetEnvironmentVariable("ROLLOUT_OPERATOR_UPDATE_GOLDEN") == "1";

    public static string Project { get; } = Repository.PathOf("tests", "RolloutOperator.Core.Tests");

    public static TheoryData<string> Cases(string group) =>
        [.. Directory.EnumerateDirectories(Path.Combine(Project, "testdata", group)).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];

    public static string Read(string group, string name, string file) =>
        File.ReadAllText(Path.Combine(Project, "testdata", group, name, file));

    public static void Compare(string group, string name, string file, string actual)
    {
        if (Update)
        {
            File.WriteAllText(Path.Combine(Project, "testdata", group, name, file), actual);
        }

        Assert.Equal(Read(group, name, file), actual);
    }
}
