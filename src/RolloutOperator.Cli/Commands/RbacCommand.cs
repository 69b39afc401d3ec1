using System.CommandLine;
using System.Net;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Deciding;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Commands;

/// <summary><c>rbac</c>: the least rights for what is enrolled now.</summary>
internal static class RbacCommand
{
    private const string UsualNamespace = "rollout-operator";
    private const string UsualAccount = "rollout-operator";

    public static Command Build() => new Command("rbac", """
        Prints the least Roles with which the operator can do its work for the workloads that are enrolled now, and their
        bindings. Run it again when workloads are enrolled, or refer to other sources.

        Examples:
          kubectl rollout-operator rbac -n shop | kubectl apply -f -
          kubectl rollout-operator rbac -A -o json
        """).With(
            [ClusterOptions.Namespace, ClusterOptions.AllNamespaces, ClusterOptions.Selector, ClusterOptions.Output, .. ClusterOptions.Connection],
            RunAsync);

    private static async Task RunAsync(ParseResult parsed, TextWriter output, CancellationToken cancellationToken)
    {
        using var api = ClusterOptions.Connect(parsed);
        var named = parsed.GetValue(ClusterOptions.OperatorNamespace);
        var deployment = await InstallationReader.DeploymentAsync(api, named, cancellationToken);
        var installation = await InstallationReader.ReadAsync(api, named ?? deployment?.Metadata.NamespaceProperty, cancellationToken);
        installation = installation with { Namespace = installation.Namespace ?? UsualNamespace };
        var account = new RbacSubject(
            deployment?.Metadata.NamespaceProperty ?? installation.Namespace,
            deployment is null ? UsualAccount : deployment.Spec.Template.Spec.ServiceAccountName ?? "default");
        var rights = new LeastRights(installation, deployment is null ? new([], []) : InstallationReader.ArgumentsOf(deployment), account);
        var finder = new WorkloadFinder(api, installation);
        var workloads = await finder.EnrolledAsync(ClusterOptions.NamespaceOf(parsed, api), parsed.GetValue(ClusterOptions.Selector), cancellationToken);
        var notes = new List<string>(finder.Doubts);
        if (deployment is null)
        {
            notes.Add($"No Deployment of the operator was found with your rights: the ServiceAccount {account.Namespace}/{account.Name} and default options are assumed. Name its namespace with --operator-namespace.");
        }

        var list = rights.Of(workloads, await SecretsOfAsync(api, rights.PullAccounts(workloads).Distinct(), notes, cancellationToken));
        await WriteAsync(output, list, parsed.GetValue(ClusterOptions.Output));
        if (Scope(installation, workloads) is { } scope)
        {
            notes.Add(scope);
        }

        await Notes.WriteAsync(parsed, notes);
    }

    // An operator without a list of namespaces asks for all of them at once, which Roles do not allow.
    private static string? Scope(Installation installation, IEnumerable<FoundWorkload> workloads) =>
        installation.Watched.IsEmpty && installation.NamespaceSelector is null
        && string.Join(" ", workloads.Select(found => $"--namespace={found.Workload.Ref.Namespace}").Distinct().Order(StringComparer.Ordinal)) is { Length: > 0 } options
            ? $"These Roles are enough for an operator that is started with {options}. Labels of namespaces have no effect then: label the workloads."
            : null;

    private static async Task<IReadOnlyList<SourceObject>> SecretsOfAsync(ApiServer api, IEnumerable<SourceObject> accounts, List<string> notes, CancellationToken cancellationToken)
    {
        var secrets = new List<SourceObject>();
        foreach (var account in accounts)
        {
            try
            {
                using var document = await api.FindAsync(ResourcePaths.Named(ResourcePaths.Of(account.Kind, account.Namespace), account.Name), cancellationToken);
                secrets.AddRange(PullSecrets.NamesIn(document?.RootElement).Select(name => new SourceObject(SourceKind.Secret, account.Namespace, name)));
            }
            catch (ApiException e) when (e.Status == HttpStatusCode.Forbidden)
            {
                notes.Add($"The ServiceAccount {account.Namespace}/{account.Name} may not be read by you, so get on the pull secrets that it names is not listed.");
            }
        }

        return secrets;
    }

    private static async Task WriteAsync(TextWriter output, RbacList list, OutputFormat format)
    {
        switch (format)
        {
            case OutputFormat.Json:
                await Printer.PrintAsync(output, format, list);
                break;
            case OutputFormat.Name:
                foreach (var item in list.Items)
                {
                    await output.WriteLineAsync($"{item.Kind.ToLowerInvariant()}/{item.Metadata.Name}");
                }

                break;
            default:
                foreach (var item in list.Items)
                {
                    await output.WriteLineAsync("---");
                    await Printer.PrintAsync(output, OutputFormat.Yaml, item);
                }

                break;
        }
    }
}
