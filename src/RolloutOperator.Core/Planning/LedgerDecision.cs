using System.Collections.Immutable;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Planning;

/// <summary>Decides about a workload from its last ledger.</summary>
internal sealed class LedgerDecision
{
    private readonly Snapshot _snapshot;
    private readonly Workload _workload;
    private readonly Ledger _ledger;
    private readonly Ledger _past;
    private readonly LedgerComparison _present;
    private readonly NextLedger _next;

    public LedgerDecision(Snapshot snapshot, Workload workload, Ledger ledger)
    {
        if (snapshot.KeyId.Length == 0)
        {
            // Without a key, nothing is said about Secrets, and what was said stays as it is.
            snapshot = snapshot with { KeyId = ledger.Key };
        }

        (_snapshot, _workload, _ledger) = (snapshot, workload, ledger);

        // What pods of this template read when it was there before does not count when none of them is left.
        _past = workload.IsFresh ? ledger : ledger with { Sources = ledger.ReadBy(workload.Revision, workload.KnowsRevisions) };
        ImmutableArray<SourceDigest> digests = [.. snapshot.Sources.Select(s => SourceDigest.Of(s, _past))];
        _present = LedgerComparison.Of(_past, workload, snapshot, digests);
        _next = _present.KeepsKey
            ? new NextLedger(workload, ledger, snapshot with { KeyId = ledger.Key }, _present.Digests, _present.Digests)
            : new NextLedger(workload, ledger, snapshot, ledger.Key == snapshot.KeyId ? digests : [.. digests.Select(WithoutOldKey)], _present.Digests);
    }

    // What the ledger says under a key that is not known would not even equal what has not changed.
    private static SourceDigest WithoutOldKey(SourceDigest digest) =>
        digest is { IsUnknown: true, InLedger: not null, Source.Kind: SourceKind.Secret } ? digest with { InLedger = null, StaysInLedger = false } : digest;

    public Plan Decide()
    {
        var changes = SourceChanges.Between(_past, _snapshot.Sources, _present.Digests);
        return IsOutdated ? FromTemplate(changes) : changes.IsEmpty ? Equal() : Differing(changes);
    }

    // The template is of a later rollout of ours than the ledger, which somebody put back: the template says itself what its
    // pods have read.
    private bool IsOutdated =>
        _workload.TemplateRollout > _ledger.Counter && _workload.TemplateChecksum is not null && !_next.Digests.Any(d => d.IsUnknown);

    private Plan FromTemplate(ImmutableArray<SourceChange> changes) =>
        TemplateSaysPresent ? new Plan.UpToDate(HasOldPods())
        : _snapshot.Behind is { IsEmpty: false } behind ? new Plan.Waiting(behind, behind)
        : _next.Roll(changes, again: 0, _next.ReadUnknown, OtherRevisions());

    private bool IsOfPresent => _ledger.Revision == _workload.Revision;

    // Somebody took our rollout out of the template and changed nothing else, while there were pods that it had not
    // replaced. Undoing one that was complete makes new pods, which read what there is now.
    private bool IsSetBack =>
        _workload.TemplateRollout < _ledger.Counter && !_workload.IsFresh && _ledger.Template == _workload.Revision.Template;

    // A ledger that was put back by somebody is older than the template, which then says itself what its pods have read.
    private bool TemplateSaysPresent =>
        _workload.TemplateChecksum is { } checksum && !_next.Digests.Any(d => d.IsUnknown) && _snapshot.IsStateOf(checksum, _ledger);

    private Plan Equal()
    {
        if (IsSetBack && !_ledger.Lists(_workload.Revision) && _ledger.Sequence == 0)
        {
            // The ledger is of a version of the operator that did not list earlier revisions.
            return _ledger.Again > 0 ? new Plan.Contended(_workload.LastManager) : Roll([]);
        }

        var now = _next.OfPresent(OtherRevisions());
        if ((!IsOfPresent && (_ledger.Lists(_workload.Revision) || (_workload.TemplateRollout < _ledger.Counter && _ledger.Template == _workload.Revision.Template)))
            || (!_ledger.Earlier.IsEmpty && _workload is { KnowsRevisions: true, Revisions.Length: 1 }))
        {
            // Written down, for the next start has not seen which pods there were.
            return new Plan.Absorb(now, []);
        }

        return !_present.IsKnown ? new Plan.Adopt(now, Adoption.Untold)
            : _ledger.Key != now.Key ? new Plan.Adopt(now, Adoption.Rekeyed)
            : Equals(_workload.Ledger, _ledger) && CountsOtherwise ? new Plan.Adopt(now, Adoption.Recounted)
            : Equals(_workload.Ledger, _ledger) || (_workload.OwnLedger is not null && TemplateSaysPresent && !HasOldPods()) ? new Plan.UpToDate(HasOldPods())
            : new Plan.Adopt(now, Adoption.Restored);
    }

    // Or an operator that still counts every key would find it different.
    private bool CountsOtherwise => !_present.IsUnderRule || (!_ledger.CountsLess && _snapshot.DiffersUnder(EnvironmentRule.EveryKey));

    private Plan Differing(ImmutableArray<SourceChange> changes)
    {
        ImmutableArray<SourceRef> behind = [.. changes.Select(c => c.Source).Intersect(_snapshot.Behind)];
        if (!behind.IsEmpty)
        {
            return new Plan.Waiting(behind, behind);
        }

        if (!IsSetBack && changes.All(PodsReadPresent))
        {
            var now = _next.OfPresent(OtherRevisions(), changes);
            return _present.IsKnown ? new Plan.Absorb(now, changes) : new Plan.Adopt(now, Adoption.Untold);
        }

        return !_ledger.Lists(_workload.Revision) && TemplateSaysPresent ? new Plan.UpToDate(HasOldPods())
            : IsSetBack && _ledger.Again > 0 && SourceChanges.Between(_ledger, _snapshot.Sources, _present.Digests).IsEmpty ? new Plan.Contended(_workload.LastManager)
            : Roll(changes);
    }

    private Plan Roll(ImmutableArray<SourceChange> changes) =>
        _next.Roll(changes, IsSetBack ? 1 : 0, ReadByPresent(changes), OtherRevisions());

    // Some of the changes may have been there when the pods were made.
    private ImmutableSortedDictionary<string, string?> ReadByPresent(ImmutableArray<SourceChange> changes)
    {
        var read = changes.Where(PodsReadPresent).Select(change => change.Source).ToHashSet();
        var unknown = changes.Where(change => change.Difference == SourceDifference.Added && !read.Contains(change.Source)).Select(change => change.Source.ToString());
        return _past.Sources.SetItems(Ledger.ReadUnknown(unknown)).SetItems(_next.Digests.Where(d => read.Contains(d.Source)).Select(d => KeyValuePair.Create(d.Source.ToString(), d.ToLedger())));
    }

    // A template that came to be after the last change of a source has pods that read its present state. A source that
    // an annotation adds or takes away finds the pods as they were. One that a template adds was read by its pods,
    // unless it is known to have changed after the template was there; they waited for one that came to be. Of one that could
    // not be followed, nothing is known to have changed.
    private bool PodsReadPresent(SourceChange change)
    {
        if (change.Difference == SourceDifference.Removed)
        {
            return true;
        }

        var source = _snapshot.Sources.First(s => s.Use.Source == change.Source);
        return change.Difference == SourceDifference.Added
            ? !source.Changed.IsKnownAfter(_workload.TemplateBy)
                || _ledger.Template == _workload.Revision.Template
                || source is { Use.Required: true, State: SourceState.Present { IsFirst: true } }
                || source.State is SourceState.Present { IsNewlyFollowed: true }
            : _workload.IsFresh && _workload.TemplateSince.IsKnownAfter(source.Changed);
    }

    // Besides the present one, of which pods may exist; oldest first.
    private IEnumerable<TemplateRevision> OtherRevisions()
    {
        var known = _ledger.Earlier.Select(earlier => earlier.Revision).Append(_ledger.Revision).Union(_workload.Revisions);
        return known.Where(revision => revision != _workload.Revision
            && (!_workload.KnowsRevisions || _workload.Revisions.Contains(revision) || (revision == Ledger.NotListed && _workload.Revisions.Length > 1)));
    }

    private bool HasOldPods()
    {
        var present = _present.Digests.Where(d => !d.IsUnknown).ToDictionary(d => d.Source.ToString(), d => d.ToLedger());
        return OtherRevisions().Any(revision =>
            _ledger.ReadBy(revision, _workload.KnowsRevisions).Any(read => present.TryGetValue(read.Key, out var now) && now != read.Value));
    }
}
