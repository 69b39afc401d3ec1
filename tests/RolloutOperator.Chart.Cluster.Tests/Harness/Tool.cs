using System.Diagnostics;

namespace RolloutOperator.Chart.Cluster.Tests.Harness;

/// <summary>A program that was run to its end.</summary>
internal sealed record Ran(int ExitCode, string Output, string Errors)
{
    public string All => Output + Errors;

    public string Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}\n{All}");
        return Output;
    }
}

/// <summary>The programs that people use: helm, kubectl, promtool.</summary>
internal static class Tool
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public static Task<Ran> HelmAsync(params string[] arguments) => RunAsync(Own("helm"), "", arguments);

    /// <summary>helm, against the cluster of the tests.</summary>
    public static Task<Ran> HelmInClusterAsync(params string[] arguments) => HelmAsync(["--kubeconfig", Kubeconfig, .. arguments]);

    public static Task<Ran> PromtoolAsync(string input, params string[] arguments) => RunAsync(Own("promtool"), input, arguments);

    /// <summary>The operator's program, which finds no cluster.</summary>
    public static Task<Ran> ProgramAsync(params string[] arguments) => RunAsync(
        Needed("ROLLOUT_OPERATOR_TEST_PROGRAM", Path.Combine(Checkout.Root, "artifacts", "bin", "RolloutOperator", "release", "rollout-operator")),
        "",
        arguments);

    /// <summary>kubectl, against the cluster of the tests.</summary>
    public static Task<Ran> KubectlAsync(string input, params string[] arguments) =>
        RunAsync(
            Needed("ROLLOUT_OPERATOR_TEST_KUBECTL", "kubectl"), input,
            ["--kubeconfig", Kubeconfig, .. arguments]);

    /// <summary>Holds a dashboard against Grafana's schema.</summary>
    public static Task<Ran> CheckDashboardAsync(string file) => RunAsync(Own("check-dashboard"), "", file);

    public static Task<Ran> RunAsync(string program, string input, params string[] arguments) => RunAsync(Patience, program, input, arguments);

    public static async Task<Ran> RunAsync(TimeSpan patience, string program, string input, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Checkout.Root,
        };
        // No settings of the person who runs the tests.
        start.Environment["KUBECONFIG"] = Path.Combine(AppContext.BaseDirectory, "no-kubeconfig");
        start.Environment["HELM_CONFIG_HOME"] = start.Environment["HELM_DATA_HOME"] = Path.Combine(AppContext.BaseDirectory, "helm");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync().WaitAsync(patience);
            return new(process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static string Kubeconfig => Needed("ROLLOUT_OPERATOR_TEST_KUBECONFIG", null);

    private static string Own(string name) => Path.Combine(Checkout.Root, "tests", "install", name);

    private static string Needed(string variable, string? otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value
            : otherwise ?? throw new InvalidOperationException($"These tests need a cluster: tests/cluster/up, then '. .cluster/environment', which sets {variable}.");
}
