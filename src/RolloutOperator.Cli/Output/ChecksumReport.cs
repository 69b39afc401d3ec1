namespace RolloutOperator.Cli.Output;

/// <summary>A source of a workload, as files have it.</summary>
/// <param name="Source">Its name, such as <c>configmap/greeting-config</c>.</param>
/// <param name="Digest">Its digest as ledgers have it; null when it is absent or unknown.</param>
/// <param name="State">What is there, as one or a few words.</param>
internal sealed record FileSource(string Source, string? Digest, string State);

/// <summary>The checksum of a workload of a file.</summary>
internal sealed record WorkloadChecksum
{
    public required string Kind { get; init; }

    public required string Namespace { get; init; }

    public required string Name { get; init; }

    /// <summary>The checksum; null when something of it is missing.</summary>
    public string? Checksum { get; init; }

    /// <summary>Whether the checksum leaves out what is missing.</summary>
    public bool Partial { get; init; }

    public required IReadOnlyList<FileSource> Sources { get; init; }

    /// <summary>What is missing, as clauses.</summary>
    public required IReadOnlyList<string> Problems { get; init; }
}

/// <summary>The checksums of the workloads of files.</summary>
internal sealed record ChecksumReport(IReadOnlyList<WorkloadChecksum> Workloads);
