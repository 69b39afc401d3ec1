namespace RolloutOperator.Chart.Cluster.Tests.Harness;

/// <summary>What the chart is tried with: the values of <c>ci/*-values.yaml</c>, and the chart <c>ci/umbrella</c>.</summary>
internal static class Trials
{
    /// <summary>The chart that has this one as a dependency.</summary>
    public const string Umbrella = "umbrella";

    private static readonly Lazy<Task<string>> Built = new(BuildAsync);

    public static IEnumerable<string> All => [.. Checkout.TrialValues, Umbrella];

    /// <summary>What helm needs to be told: the chart, and the values.</summary>
    public static async Task<string[]> ArgumentsAsync(string trial) =>
        trial == Umbrella ? [await Built.Value] : [Checkout.Chart, .. Rendered.Trial(trial)];

    // In a copy: helm writes the dependency and a lock file beside the chart.
    private static async Task<string> BuildAsync()
    {
        var copy = Path.Combine(AppContext.BaseDirectory, "chart");
        if (Directory.Exists(copy))
        {
            Directory.Delete(copy, recursive: true);
        }

        foreach (var file in Directory.EnumerateFiles(Checkout.Chart, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(Checkout.Chart, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        var umbrella = Path.Combine(copy, "ci", Umbrella);
        (await Tool.HelmAsync("dependency", "build", umbrella)).Succeeded();
        return umbrella;
    }
}
