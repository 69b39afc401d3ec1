using System.Collections.Immutable;
using System.Text;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Planning;

/// <summary>One revision of a workload's pod template, as the operator tells them apart.</summary>
/// <param name="Template">16 hexadecimal digits of the hash of the template without the operator's annotations.</param>
/// <param name="Counter">The counter of rollouts in the template, 0 when there is none.</param>
public readonly record struct TemplateRevision(string Template, int Counter);

/// <summary>What the pods of an earlier revision have read.</summary>
/// <param name="Revision">The revision.</param>
/// <param name="Sources">Where it differs from what the ledger says of the present one.</param>
public sealed record EarlierRevision(TemplateRevision Revision, ImmutableSortedDictionary<string, string?> Sources)
{
    /// <inheritdoc/>
    public bool Equals(EarlierRevision? other) => other is not null && Revision == other.Revision && Sources.SequenceEqual(other.Sources);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Revision, Sources.Count);
}

/// <summary>
/// What the pods of a workload are known to have read, as recorded on the workload itself: those of one revision of its
/// pod template and, where that differs, those of earlier revisions of which pods may still exist.
/// </summary>
/// <param name="Rollout">How many rollouts the operator has caused.</param>
/// <param name="Key">The id of the key under which Secrets were digested.</param>
/// <param name="Template">16 hexadecimal digits of the hash of the pod template without the operator's annotations.</param>
/// <param name="Sources">Per source 32 hexadecimal digits of its digest, or null for a source that was absent.</param>
public sealed partial record Ledger(int Rollout, string Key, string Template, ImmutableSortedDictionary<string, string?> Sources)
{
    /// <summary>The largest count. A ledger with a larger one is invalid.</summary>
    public const int MostRollouts = 1_000_000_000;

    /// <summary>The counter in the pod template when this was written. If the template's is lower later, somebody set the template back.</summary>
    public int Counter { get; init; } = Rollout;

    /// <summary>1 when this rollout was made again, after somebody had set the template back.</summary>
    public int Again { get; init; }

    /// <summary>The number of this write, counted by the operator. A ledger with a lower one was put back by somebody.</summary>
    public int Sequence { get; init; }

    /// <summary>Whether its digests leave out keys that an operator counts that knows no <see cref="EnvironmentRule"/>: it is to take this for no ledger.</summary>
    public bool CountsLess { get; init; }

    /// <summary>The rule by which names of variables count, if the digests differ without it.</summary>
    public EnvironmentRule? Names { get; init; }

    /// <summary>Earlier revisions whose pods have read something else, oldest first. One that is not listed has read the same.</summary>
    public ImmutableArray<EarlierRevision> Earlier { get; init; } = [];

    /// <summary>In the place of a revision: all that the ledger does not list, of which nothing is known.</summary>
    public static TemplateRevision NotListed { get; } = new("?", 0);

    /// <summary>The revision that <see cref="Sources"/> speaks of.</summary>
    public TemplateRevision Revision => new(Template, Counter);

    // A rollout that never completes adds a revision at each change.
    private const int MostEarlier = 16;

    // No digest looks like this: what was read is not known.
    private const string Unknown = "?";

    /// <summary>
    /// The object that this ledger is for, or null if it does not say. Backups, <c>kubectl replace --force</c> and people
    /// copy ledgers along with everything else on a workload, and a copy says nothing about the pods of the new object.
    /// </summary>
    public string? Owner { get; init; }

    /// <summary>The installation of the operator that wrote this: its namespace and the name of its Lease, with a slash between; null if it does not say.</summary>
    public string? By { get; init; }

    /// <summary>Records a state.</summary>
    public static Ledger Of(int rollout, string key, Digest template, IEnumerable<SourceDigest> sources) =>
        new(rollout, key, template.ToHex(8), sources.Where(s => !s.IsUnknown || s.StaysInLedger).ToImmutableSortedDictionary(
            s => s.Source.ToString(), s => s.ToLedger(), Utf8Order.Instance));

    /// <summary>Whether the ledger itself says what the pods of this revision have read.</summary>
    public bool Lists(TemplateRevision revision) => revision == Revision || Earlier.Any(earlier => earlier.Revision == revision);

    /// <summary>What the pods of this revision have read.</summary>
    /// <param name="revision">The revision.</param>
    /// <param name="isComplete">
    /// Whether no revision is missing in the list whose pods have read something else. If one may be, nothing is known of a
    /// revision that is not listed but that it has read what no other one has read otherwise.
    /// </param>
    public ImmutableSortedDictionary<string, string?> ReadBy(TemplateRevision revision, bool isComplete)
    {
        if (revision == Revision)
        {
            return Sources;
        }

        var listed = Earlier.Where(earlier => earlier.Revision == revision).ToArray();
        return Sources.SetItems(listed.Length > 0
            ? listed[0].Sources
            : Earlier
                .Where(earlier => !isComplete || earlier.Revision == NotListed)
                .SelectMany(earlier => earlier.Sources).GroupBy(source => source.Key, source => source.Value)
                .Select(read => KeyValuePair.Create(read.Key, Sources.ContainsKey(read.Key) || read.Distinct().Skip(1).Any() ? Unknown : read.First())));
    }

    /// <summary>What was read by pods of which nothing is known: it equals no state.</summary>
    public static ImmutableSortedDictionary<string, string?> ReadUnknown(IEnumerable<string> sources) =>
        sources.Distinct().ToImmutableSortedDictionary(source => source, _ => (string?)Unknown, Utf8Order.Instance);

    /// <summary>Adds earlier revisions, oldest first, with what their pods have read. One that has read the same need not be listed.</summary>
    public Ledger After(IEnumerable<(TemplateRevision Revision, ImmutableSortedDictionary<string, string?> Read)> earlier)
    {
        ImmutableArray<EarlierRevision> listed =
        [
            .. earlier
                .Select(each => new EarlierRevision(each.Revision, each.Read.RemoveRange(each.Read.Where(IsSame).Select(source => source.Key))))
                .Where(each => !each.Sources.IsEmpty),
        ];
        var left = listed.Where((each, i) => each.Revision == NotListed || (i >= MostEarlier / 2 && i < listed.Length - (MostEarlier / 2))).ToArray();
        return this with
        {
            Earlier = left.Length == 0 ? listed : [new(NotListed, ReadUnknown(left.SelectMany(each => each.Sources.Keys))), .. listed.Except(left)],
        };

        bool IsSame(KeyValuePair<string, string?> source) => Sources.TryGetValue(source.Key, out var digest) && digest == source.Value;
    }

    /// <summary>How a ledger names the object with this uid: 8 hexadecimal digits, or null for none.</summary>
    public static string? NameOf(string uid) => uid.Length == 0 ? null : Digest.Sha256(Encoding.UTF8.GetBytes(uid)).ToHex(4);

    /// <inheritdoc/>
    public bool Equals(Ledger? other) =>
        other is not null && Rollout == other.Rollout && Owner == other.Owner && By == other.By && Key == other.Key && Template == other.Template
        && Counter == other.Counter && Again == other.Again && Sequence == other.Sequence
        && CountsLess == other.CountsLess && Names == other.Names
        && Earlier.AsSpan().SequenceEqual(other.Earlier.AsSpan())
        && Sources.SequenceEqual(other.Sources);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Rollout, Key, Template, Sources.Count);
}
