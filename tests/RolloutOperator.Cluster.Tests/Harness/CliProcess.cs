using System.Diagnostics;
using System.Text.Json.Nodes;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>What a command for people printed, and how it ended.</summary>
/// <param name="ExitCode">The exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal sealed record CliResult(int ExitCode, string Output, string Error)
{
    /// <summary>The output as JSON.</summary>
    public JsonNode Json => JsonNode.Parse(Output)!;

    /// <summary>Everything that it printed, for a test that looks for what may not be there.</summary>
    public string Everything => Output + Error;
}

/// <summary>The commands for people as child processes, with the rights of one account.</summary>
/// <param name="space">The namespace whose operator they ask.</param>
/// <param name="kubeconfig">The kubeconfig with the rights.</param>
internal sealed class CliProcess(TestNamespace space, string kubeconfig)
{
    private static readonly string[] Verbs = ["get", "list", "watch"];

    /// <summary>The program that the suite names, else the one that was built beside the tests.</summary>
    public static string Program { get; } = Environment.GetEnvironmentVariable("ROLLOUT_OPERATOR_TEST_CLI")
        ?? Repository.PathOf("artifacts", "bin", "RolloutOperator.Cli", new DirectoryInfo(AppContext.BaseDirectory).Name, "kubectl-rollout_operator");

    /// <summary>With the right to read, and no other, in these namespaces and in that of the operator; none for the whole cluster.</summary>
    public static async Task<CliProcess> ReaderAsync(TestNamespace space, params TestNamespace[] namespaces) =>
        new(space, (await TestAccount.CreateAsync(space, Permissions([.. namespaces.Select(each => each.Name).Append(space.Name).Distinct()], namespaces.Length == 0), "reader")).Kubeconfig);

    /// <summary>What it takes to read everything that a command may want to know.</summary>
    /// <param name="namespaces">The namespaces.</param>
    /// <param name="isClusterWide">Whether in all of them, whatever the list says.</param>
    public static IEnumerable<Permission> Permissions(string[] namespaces, bool isClusterWide = false)
    {
        (string Group, string Resource)[] resources =
        [
            .. new[] { "configmaps", "secrets", "serviceaccounts", "pods", "events" }.Select(each => ("", each)),
            .. new[] { "deployments", "statefulsets", "daemonsets", "replicasets", "controllerrevisions" }.Select(each => ("apps", each)),
            ("events.k8s.io", "events"), ("coordination.k8s.io", "leases"),
        ];
        IEnumerable<string?> places = isClusterWide ? new string?[] { null } : namespaces;
        return places.SelectMany(place => resources.SelectMany(each => Permission.Of(each.Group, each.Resource, place, Verbs)))
            .Concat(isClusterWide ? Permission.Of("", "namespaces", null, Verbs) : []);
    }

    /// <summary>Runs a command against the cluster to its end. The operator is taken to be in the namespace, and the command to be about it, unless the arguments say otherwise.</summary>
    public Task<CliResult> RunAsync(params string[] arguments) => RunAsync(arguments, input: null);

    /// <param name="arguments">The command with its options.</param>
    /// <param name="input">Its standard input; null for none.</param>
    public Task<CliResult> RunAsync(string[] arguments, string? input)
    {
        string[] defaults =
        [
            .. Unless(arguments, ["--kubeconfig"], kubeconfig),
            .. Unless(arguments, ["--operator-namespace"], space.Name),
            .. arguments[0] == "version" ? [] : Unless(arguments, ["--namespace", "-n", "--all-namespaces", "-A"], space.Name, "--namespace"),
        ];
        return ExecuteAsync([.. arguments, .. defaults], input);
    }

    /// <summary>Starts the program with nothing but these arguments, and returns the process for a command that does not end by itself.</summary>
    public static Process Start(params string[] arguments)
    {
        // A shell starts what runs in the background with SIGINT ignored, and the tests may run so. Their commands get it as in a terminal.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", Program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("KUBECONFIG");
        return Process.Start(start)!;
    }

    /// <summary>Runs the program with nothing but these arguments to its end. JSON that it prints has to be of the command's schema.</summary>
    public static async Task<CliResult> ExecuteAsync(string[] arguments, string? input = null)
    {
        using var process = Start(arguments);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await WriteAsync(process.StandardInput, input);
        await process.WaitForExitAsync().WaitAsync(TestCluster.Timeout);
        var result = new CliResult(process.ExitCode, await output, await errors);
        if (result.Output.Length > 0 && ReportSchemas.Apply(arguments))
        {
            Assert.Equal("", ReportSchemas.Problems(arguments[0], result.Output));
        }

        return result;
    }

    private static async Task WriteAsync(StreamWriter standardInput, string? input)
    {
        try
        {
            await standardInput.WriteAsync(input);
            standardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading all of it.
        }
    }

    private static string[] Unless(string[] arguments, string[] flags, string value, string? flag = null) =>
        flags.Any(each => arguments.Any(argument => argument == each || argument.StartsWith(each + "=", StringComparison.Ordinal))) ? [] : [flag ?? flags[0], value];
}
