using System.Collections.Immutable;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Planning;

/// <summary>One source of a workload with what is known of it.</summary>
/// <param name="Use">How the workload uses it.</param>
/// <param name="State">What is known.</param>
public sealed record ObservedSource(SourceUse Use, SourceState State);

/// <summary>Everything that one decision needs, taken at one moment.</summary>
/// <param name="Workload">The workload, or null when it is not there or not enrolled.</param>
/// <param name="Sources">Each of its sources.</param>
/// <param name="KeyId">The id of the key under which Secrets are digested now.</param>
public sealed record Snapshot(Workload? Workload, ImmutableArray<ObservedSource> Sources, string KeyId)
{
    /// <summary>The ids of earlier keys, under which Secrets are digested too.</summary>
    public ImmutableArray<string> EarlierKeyIds { get; init; } = [];

    /// <summary>Whether the sources, none of which is untold, have this checksum under one of the digest keys.</summary>
    internal bool IsStateOf(string checksum) => EarlierKeyIds.Prepend(KeyId).Any(key =>
        SourceDigest.Checksum(Sources.Select(source => DigestUnder(key, source))).ToString() == checksum);

    private SourceDigest DigestUnder(string key, ObservedSource source) =>
        key != KeyId && source is { Use: var use, State: SourceState.Present present } && use.Source.Kind == SourceKind.Secret
            ? SourceDigest.Of(use, present.Under(key))
            : SourceDigest.Of(source, null);
}
