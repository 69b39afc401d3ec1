using System.CommandLine;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Deciding;
using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Commands;

/// <summary><c>doctor</c>: what is wrong with the installation, or with the caller's access to it.</summary>
internal static class DoctorCommand
{
    private const int Success = 0;
    private const int Failure = 1;

    public static Command Build() => new Command("doctor", """
        Checks the API server, your rights, the operator and what may be in its way, with your own rights and without a change.

        Results: Ok; Skip, when a check takes a right that you lack; Warn; Fail. Exit code 1 when a check fails.

        Examples:
          kubectl rollout-operator doctor
          kubectl rollout-operator doctor -A -o json
        """).With([ClusterOptions.Namespace, ClusterOptions.AllNamespaces, ClusterOptions.Output, .. ClusterOptions.Connection], RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, TextWriter output, CancellationToken cancellationToken)
    {
        using var api = ClusterOptions.Connect(parsed);
        var report = await new Diagnosis(api, parsed.GetValue(ClusterOptions.OperatorNamespace), ClusterOptions.NamespaceOf(parsed, api), TimeProvider.System).RunAsync(cancellationToken);
        if (!await Printer.PrintAsync(output, parsed.GetValue(ClusterOptions.Output), report))
        {
            await WriteAsync(output, report, parsed.GetValue(ClusterOptions.Output) == OutputFormat.Name);
        }

        return report.Checks.Any(each => each.Result == CheckResult.Fail) ? Failure : Success;
    }

    private static async Task WriteAsync(TextWriter output, DoctorReport report, bool isNames)
    {
        if (isNames)
        {
            foreach (var check in report.Checks.Where(each => each.Result is CheckResult.Warn or CheckResult.Fail))
            {
                await output.WriteLineAsync(check.Check);
            }

            return;
        }

        var table = new Table("RESULT", "CHECK", "WHAT") { Palette = Palette.Of(output) };
        foreach (var check in report.Checks)
        {
            table.Add(check.Result.ToString(), check.Check, check.Message);
            if (check.Remedy is { } remedy)
            {
                table.Add("", "", "  " + remedy);
            }
        }

        await table.WriteAsync(output);
        int Count(CheckResult result) => report.Checks.Count(each => each.Result == result);
        await output.WriteLineAsync();
        await output.WriteLineAsync($"{Count(CheckResult.Ok)} ok, {Count(CheckResult.Skip)} skipped, {Count(CheckResult.Warn)} to look at, {Count(CheckResult.Fail)} failed");
    }
}
