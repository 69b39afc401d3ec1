using RolloutOperator.Caching;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;
using RolloutOperator.Images;
using RolloutOperator.Watching;

namespace RolloutOperator.Reconciling;

/// <summary>Reads from the stores what one decision needs.</summary>
/// <param name="workloads">The workloads.</param>
/// <param name="sources">The sources.</param>
/// <param name="images">The images.</param>
/// <param name="keys">The digest keys.</param>
/// <param name="rule">Of which keys kubelets make variables.</param>
/// <param name="installation">This installation of the operator; null for a dry run.</param>
/// <param name="unwritten">In a dry run, the ledgers that would have been written.</param>
internal sealed class SnapshotReader(
    WorkloadStore.View workloads,
    SourceStore.View sources,
    ImageStore.View images,
    DigestKeyStore.View keys,
    EnvironmentRuleStore rule,
    string? installation,
    UnwrittenLedgers? unwritten = null)
{
    public Snapshot Read(WorkloadRef key)
    {
        var workload = workloads.Find(key) is { } found ? unwritten?.Over(found) ?? found : null;
        var now = keys.Keys;
        return new(workload, workload is null ? [] : [.. workload.Sources.Select(use => Observed(workload, use, now.CurrentId))], now.CurrentId)
        {
            Installation = installation,
            EarlierKeyIds = [.. now.Earlier],
            Rule = rule.Rule ?? EnvironmentRules.Of(serverVersion: null),
        };
    }

    // A Secret that was digested under another key is being fetched again.
    private ObservedSource Observed(Workload workload, SourceUse use, string keyId) =>
        ImageKey.Of(workload, use) is { } image ? new(use, images.Find(image)) : new(use, sources.Find(SourceKey.Of(workload.Ref, use.Source)) switch
        {
            SourceState.Present present => present.Under(keyId) is { } content ? present with { Content = content } : SourceState.NotRead,
            var state => state,
        });
}
