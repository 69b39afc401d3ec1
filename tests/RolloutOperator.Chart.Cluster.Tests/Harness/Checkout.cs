namespace RolloutOperator.Chart.Cluster.Tests.Harness;

/// <summary>Where the files of the repository are.</summary>
internal static class Checkout
{
    public static readonly string Root = Find();

    public static string Chart => Path.Combine(Root, "charts", "rollout-operator");

    /// <summary>The values files that the chart is tried with, by name.</summary>
    public static IEnumerable<string> TrialValues =>
        Directory.EnumerateFiles(Path.Combine(Chart, "ci"), "*-values.yaml").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);

    public static string Read(params string[] path) => File.ReadAllText(Path.Combine([Root, .. path]));

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "RolloutOperator.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("The tests do not run inside a checkout of the repository.");
    }
}
