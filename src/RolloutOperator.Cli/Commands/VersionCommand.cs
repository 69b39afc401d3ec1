using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;
using k8s;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Commands;

/// <summary><c>version</c>: the versions of this program, the operator and the API server.</summary>
internal static class VersionCommand
{
    private const int Success = 0;
    private const int Failure = 1;

    private static readonly Option<bool> ClientOnly = new("--client") { Description = "Only the version of this program, without a cluster." };

    public static Command Build() => new Command("version", """
        Shows the versions of this program, of the operator in the cluster and of the API server.

        Exit code 1 when the cluster does not answer.

        Examples:
          kubectl rollout-operator version
          kubectl rollout-operator version --client -o json
        """).With([ClientOnly, ClusterOptions.Output, .. ClusterOptions.Connection], RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, TextWriter output, CancellationToken cancellationToken)
    {
        var report = new VersionReport(Client(), null, null);
        CommandException? problem = null;
        if (!parsed.GetValue(ClientOnly))
        {
            try
            {
                report = await InClusterAsync(parsed, report, cancellationToken);
            }
            catch (CommandException e)
            {
                // What is known without a cluster is told all the same.
                problem = e;
            }
        }

        if (!await Printer.PrintAsync(output, parsed.GetValue(ClusterOptions.Output), report))
        {
            await WriteAsync(output, report);
        }

        if (problem is not null)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync("error: " + Table.Printable(problem.Message));
            return Failure;
        }

        if (report.Operator is null && !parsed.GetValue(ClientOnly))
        {
            await Notes.WriteAsync(parsed, ["No Deployment of the operator was found with your rights. Name its namespace with --operator-namespace."]);
        }

        return Success;
    }

    private static async Task<VersionReport> InClusterAsync(ParseResult parsed, VersionReport report, CancellationToken cancellationToken)
    {
        using var api = ClusterOptions.Connect(parsed);
        var server = await api.TypedAsync(typed => typed.Version.GetCodeAsync(cancellationToken));
        var deployment = await InstallationReader.DeploymentAsync(api, parsed.GetValue(ClusterOptions.OperatorNamespace), cancellationToken);
        var image = deployment is null ? null : InstallationReader.ContainerOf(deployment).Image;
        return report with
        {
            Server = server?.GitVersion,
            Operator = deployment is null ? null : new(deployment.Metadata.NamespaceProperty, image, OperatorVersion.TagOf(image)),
        };
    }

    private static ClientVersion Client()
    {
        // The SDK appends the commit to the version.
        var parts = (typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown").Split('+', 2);
        return new()
        {
            Version = parts[0],
            Commit = parts.ElementAtOrDefault(1),
            Platform = RuntimeInformation.RuntimeIdentifier,
            Runtime = RuntimeInformation.FrameworkDescription,
        };
    }

    private static async Task WriteAsync(TextWriter output, VersionReport report)
    {
        var client = report.Client;
        await output.WriteLineAsync($"Client:    {client.Version}{(client.Commit is { } commit ? $" ({commit})" : "")} {client.Platform}");
        if (report.Operator is { } found)
        {
            await output.WriteLineAsync("Operator:  " + Table.Printable($"{found.Version ?? "unknown"}, {found.Image ?? "no image"} in the namespace {found.Namespace}"));
        }

        if (report.Server is { } server)
        {
            await output.WriteLineAsync("Server:    " + Table.Printable(server));
        }
    }
}
