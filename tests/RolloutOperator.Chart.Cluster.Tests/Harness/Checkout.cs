namespace RolloutOperator.Chart.Cluster.Tests.Harness;

/// <summary>Where the files of the repository are.</summary>
internal static class Checkout
{
    public static string Root => Repository.Root;

    public static string Chart => Path.Combine(Root, "charts", "rollout-operator");

    /// <summary>The values files that the chart is tried with, by name.</summary>
    public static IEnumerable<string> TrialValues =>
        Directory.EnumerateFiles(Path.Combine(Chart, "ci"), "*-values.yaml").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);

    public static string Read(params string[] path) => Repository.Read(path);
}
