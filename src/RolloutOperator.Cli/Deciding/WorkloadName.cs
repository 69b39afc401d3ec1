using System.Text.Json;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Deciding;

/// <summary>The name of a workload as <c>KIND/NAME</c>, as kubectl takes it.</summary>
internal static class WorkloadName
{
    private static readonly Dictionary<string, string> Short = new(StringComparer.Ordinal) { ["deploy"] = "deployments", ["sts"] = "statefulsets", ["ds"] = "daemonsets" };

    /// <summary>Reads the workload.</summary>
    /// <exception cref="CommandException">There is none.</exception>
    public static async Task<(FoundWorkload Found, JsonDocument Object)> FindAsync(
        string text, string @namespace, ApiServer api, Installation installation, CancellationToken cancellationToken)
    {
        var (kind, name) = Read(text, installation);
        return await new WorkloadFinder(api, installation).FindAsync(kind, @namespace, name, cancellationToken)
            ?? throw new CommandException($"there is no {kind.Kind} {name} in the namespace {@namespace}; name another one with -n");
    }

    /// <exception cref="CommandException">It is not of the form, or of a kind that is not watched.</exception>
    private static (WorkloadKind Kind, string Name) Read(string text, Installation installation)
    {
        if (text.Split('/') is not [{ Length: > 0 } typed, { Length: > 0 } name])
        {
            throw new CommandException($"\"{text}\" is not KIND/NAME, such as deployment/greetings");
        }

        var wanted = Short.GetValueOrDefault(typed, typed);
        var kind = installation.Kinds.Rows.FirstOrDefault(row =>
            new[] { row.Kind, row.Plural, row.Resource, $"{row.Plural}.{row.Group}" }.Contains(wanted, StringComparer.OrdinalIgnoreCase));
        return kind is not null ? (kind, name)
            : typed.ToUpperInvariant() is "JOB" or "JOBS" or "POD" or "PODS" or "PO" ? throw new CommandException($"a {typed} cannot be rolled, since its pods are not replaced when its template changes; ask for what creates it")
            : throw new CommandException($"the operator does not watch the kind \"{typed}\"; it watches {string.Join(", ", installation.Kinds.Rows.Select(row => row.Kind))}. Others take --workload-kind on the operator");
    }
}
