using System.CommandLine;
using System.Text;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Deciding;
using RolloutOperator.Cli.Manifests;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Commands;

/// <summary><c>checksum</c>: the checksums of workloads in files, without a cluster.</summary>
internal static class ChecksumCommand
{
    private const int Complete = 0;
    private const int Incomplete = 1;

    private static readonly Option<string?> KeyFile = new("--digest-key-file")
    {
        Description = "A file with the digest key, under which Secrets are hashed: 32 bytes, or these as base64.",
        HelpName = "file",
    };

    private static readonly Option<bool> Partial = new("--partial") { Description = "Leave out of the checksums what is missing, instead of failing." };

    private static readonly Option<string[]> Kinds = new("--workload-kind")
    {
        Description = "A further kind of workloads, as the operator takes it: GROUP/VERSION/RESOURCE/KIND[:PATH]. May be repeated.",
        HelpName = "kind",
    };

    private static readonly Option<string?> Version = new("--kubernetes-version")
    {
        Description = "The version of the cluster, such as v1.29: before 1.30, keys that are no names of variables do not count for environments.",
        HelpName = "version",
    };

    public static Command Build() => new Command("checksum", """
        Prints the checksums of the workloads in files, without a cluster: the same that the operator computes. Sources are
        taken from the files. Exit code 1 when something is missing there.

        Examples:
          kubectl rollout-operator checksum -f deploy/ -R
          helm template shop ./chart | kubectl rollout-operator checksum -f - -o json
          kubectl rollout-operator checksum -f app.yaml --digest-key-file key
        """).With([.. ManifestOptions.All, KeyFile, Partial, Kinds, Version, ClusterOptions.Namespace, ClusterOptions.Output], RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, TextWriter output, CancellationToken cancellationToken)
    {
        if (parsed.GetResult(ManifestOptions.Files) is null)
        {
            throw new CommandException("name the files with -f");
        }

        var manifests = await ManifestOptions.ReadAsync(parsed, parsed.GetValue(ClusterOptions.Namespace) ?? "default", cancellationToken);
        var checksums = new FileChecksums(await KeysAsync(parsed.GetValue(KeyFile), cancellationToken), WorkloadKindsOf(parsed), EnvironmentRules.Of(parsed.GetValue(Version)));
        var report = new ChecksumReport(checksums.Of(manifests, parsed.GetValue(Partial)));
        var format = parsed.GetValue(ClusterOptions.Output);
        if (!await Printer.PrintAsync(output, format, report))
        {
            await WriteAsync(output, report, format);
        }

        var error = parsed.InvocationConfiguration.Error;
        if (report.Workloads.Count == 0)
        {
            await error.WriteLineAsync("note: the files have no workload");
        }

        foreach (var (workload, problem) in report.Workloads.SelectMany(workload => workload.Problems.Select(problem => (workload, problem))))
        {
            await error.WriteLineAsync(Table.Printable(
                $"{(workload.Partial ? "note" : "error")}: {workload.Kind} {workload.Namespace}/{workload.Name}: {problem}{(workload.Partial ? "; the checksum leaves it out" : "; --partial leaves it out")}"));
        }

        return report.Workloads.Any(workload => workload.Checksum is null) ? Incomplete : Complete;
    }

    private static async Task WriteAsync(TextWriter output, ChecksumReport report, OutputFormat format)
    {
        if (format == OutputFormat.Name)
        {
            foreach (var workload in report.Workloads)
            {
                await output.WriteLineAsync($"{workload.Kind.ToLowerInvariant()}/{workload.Name}");
            }

            return;
        }

        foreach (var workload in report.Workloads)
        {
            await output.WriteLineAsync($"{workload.Kind.ToLowerInvariant()}/{workload.Name}  {workload.Namespace}  {workload.Checksum ?? "-"}{(workload.Partial ? "  (partial)" : "")}");
            var table = new Table();
            foreach (var source in workload.Sources)
            {
                table.Add(source.Source, source.Digest ?? "-", source.State);
            }

            if (!table.IsEmpty)
            {
                await table.WriteAsync(output, "  ");
            }
        }
    }

    private static WorkloadKinds WorkloadKindsOf(ParseResult parsed)
    {
        var kinds = WorkloadKinds.BuiltIn;
        foreach (var text in parsed.GetValue(Kinds) ?? [])
        {
            kinds = WorkloadKind.TryParse(text, out var kind) && kinds.TryAdd(kind, out var more) ? more
                : throw new CommandException($"--workload-kind: \"{text}\" is not GROUP/VERSION/RESOURCE/KIND[:PATH], or is there already");
        }

        return kinds;
    }

    // As the operator stores it, or as `kubectl get secret -o jsonpath={.data.key}` prints it.
    private static async Task<DigestKeys> KeysAsync(string? file, CancellationToken cancellationToken)
    {
        if (file is null)
        {
            return DigestKeys.None;
        }

        try
        {
            var bytes = await File.ReadAllBytesAsync(file, cancellationToken);
            var decoded = new byte[DigestKey.Size];
            return DigestKeys.FromBytes(bytes, [])
                ?? (Convert.TryFromBase64String(Encoding.ASCII.GetString(bytes).Trim(), decoded, out var length) && length == DigestKey.Size ? DigestKeys.FromBytes(decoded, []) : null)
                ?? throw new CommandException($"--digest-key-file: {file} has not the {DigestKey.Size} bytes of a digest key, nor these as base64");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"--digest-key-file: {e.Message.TrimEnd('.')}", e);
        }
    }
}
