using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Tests;

/// <summary>
/// A snapshot as a person writes it: the workload as the API gives it, sources with their values in plain text, and a
/// ledger by the values that the pods have read (a key that was absent is null). A source is <c>{"data": …,
/// "version": n, "earlier": […], "asOf": n}</c>, <c>"first": true</c> if nothing was there before, <c>"newlyFollowed": true</c> if it could not be followed until now, <c>"ignored": true</c> if it is marked,
/// <c>{"missing": n, "asOf": n}</c>, <c>"missing"</c>, <c>"forbidden"</c> or <c>"unread"</c>. <c>"crossNamespace"</c> gives leave to name other namespaces.
/// <c>"noKey"</c> says that there is no digest key, <c>"installation"</c> is the one that decides. An image is <c>{"manifest": …}</c>, and in the ledger its text and manifest, or anything that is none.
/// </summary>
internal static class PlanCase
{
    // A ledger of this template has the one of the workload.
    private const string Own = "own";

    public static Snapshot Read(string json)
    {
        var given = JsonNode.Parse(json)!.AsObject();
        var states = given["sources"]!.AsObject();
        if (given["workload"] is not { } workload)
        {
            return new(null, [], Make.Key.Id);
        }

        if (given["ledger"] is { } ledger)
        {
            var annotations = (JsonObject)(workload["metadata"]!["annotations"] ??= new JsonObject());
            annotations[Names.Ledger] = Ledger(ledger).ToJson();
        }

        var read = Make.Workload(workload, crossNamespace: given.ContainsKey("crossNamespace")) with
        {
            TemplateSince = Version(given["templateSince"]),
            TemplateBy = Version(given["templateBy"] ?? given["templateSince"]),
            IsFresh = (bool?)given["fresh"] ?? given.ContainsKey("templateSince"),
            LedgerBy = Version(given["ledgerBy"]),
        };
        if (given["lost"] is { } lost)
        {
            read = read with { LastLedger = Ledger(lost) };
        }

        if (read.Ledger is { Template: Own } own)
        {
            read = read with { Ledger = own with { Template = read.TemplateOfOthers.ToHex(8) } };
        }

        var last = read.LastLedger ?? read.OwnLedger;
        read = read with
        {
            KnowsRevisions = (bool?)given["knowsRevisions"] ?? true,
            Revisions = last is null ? [read.Revision] : [.. last.Earlier.Select(each => each.Revision), last.Revision, read.Revision],
        };
        var hasKey = !given.ContainsKey("noKey");
        return new(read, [.. read.Sources.Select(use => new ObservedSource(use, State(use.Source, states[use.Source.ToString()])))], hasKey ? Make.Key.Id : "")
        {
            EarlierKeyIds = hasKey ? [Make.OldKey.Id] : [],
            Installation = (string?)given["installation"],
        };
    }

    public static string Describe(Plan plan)
    {
        var text = new StringBuilder();
        text.Append(plan.GetType().Name).Append('\n');
        switch (plan)
        {
            case Plan.Waiting waiting:
                Lines(text, waiting.Sources.Select(s => $"for {s}{(waiting.Behind.Contains(s) ? ", known only as it was before the ledger" : "")}"));
                break;
            case Plan.Blocked blocked:
                Lines(text, blocked.Reasons.Select(r => $"by {r.Source}: {r.Reason}"));
                break;
            case Plan.Adopt adopt:
                Lines(text, [.. adopt.Reason == Adoption.First ? Array.Empty<string>() : [$"{adopt.Reason}"], $"ledger: {adopt.Ledger.ToJson()}"]);
                break;
            case Plan.Absorb absorb:
                Lines(text, [.. Changes(absorb.Changes), $"ledger: {absorb.Ledger.ToJson()}"]);
                break;
            case Plan.Hold hold:
                Lines(text, [$"because {hold.Reason}", .. Changes(hold.Changes)]);
                break;
            case Plan.Standby standby:
                Lines(text, [$"{standby.By} acts", "otherwise:"]);
                text.Append(Describe(standby.Otherwise));
                break;
            case Plan.Contended contended:
                Lines(text, [$"by {contended.By ?? "somebody"}"]);
                break;
            case Plan.Roll roll:
                Lines(text, [.. Changes(roll.Changes), $"change-cause: {roll.ChangeCause ?? "stays"}", $"checksum: {roll.Checksum}", $"ledger: {roll.Ledger.ToJson()}"]);
                break;
            default:
                break;
        }

        return text.ToString();
    }

    private static Ledger Ledger(JsonNode ledger) => new(
        (int)ledger["rollout"]!,
        KeyOf(ledger) is "old" ? Make.OldKey.Id : KeyOf(ledger),
        (string?)ledger["template"] ?? "0123456789abcdef",
        ledger["sources"]!.AsObject().ToImmutableSortedDictionary(
            s => s.Key, s => s.Value is JsonValue mark ? Mark((string)mark!) : DigestOf(Make.Source(s.Key), s.Value?.AsObject(), KeyOf(ledger)), Utf8Order.Instance))
    {
        Again = (int?)ledger["again"] ?? 0,
        Counter = (int?)ledger["counter"] ?? (int)ledger["rollout"]!,
        Owner = (string?)ledger["of"],
        By = (string?)ledger["by"],
    };

    // "nginx sha256:…": the text of the image, and the manifest that its pods run.
    private static string Mark(string words) => words.Split(' ') is [var text, var manifest] ? ImageMark.Of(text, manifest).ToString() : words;

    private static string KeyOf(JsonNode ledger) => (string?)ledger["key"] ?? Make.Key.Id;

    private static string? DigestOf(SourceRef source, JsonObject? values, string key) =>
        values is null
            ? null
            : SourceDigest.Of(
                Make.Use(source, values.Select(v => v.Key)), key == "old" ? Reading(source, values).Keyed.LastOrDefault().Content ?? Content(source, values) : Content(source, values)).ToLedger();

    private static SourceState State(SourceRef source, JsonNode? state) => state switch
    {
        JsonObject o when o.ContainsKey("manifest") => new SourceState.Image((string?)o["manifest"], (string?)o["problem"]),
        JsonObject o when o.ContainsKey("missing") => new SourceState.Missing(Version(o["missing"])) { AsOf = Version(o["asOf"]) },
        JsonObject o => new SourceState.Present(
            Content(source, o["data"]!.AsObject()),
            Version(o["version"]),
            [.. (o["earlier"] as JsonArray ?? []).Select(e => new EarlierContent(Content(source, e!.AsObject()), Version(o["version"])))])
        { AsOf = Version(o["asOf"]), IsFirst = o.ContainsKey("first"), IsNewlyFollowed = o.ContainsKey("newlyFollowed"), IsIgnored = o.ContainsKey("ignored"), Keyed = Reading(source, o["data"]!.AsObject()).Keyed },
        JsonValue v when (string?)v == "missing" => new SourceState.Missing(ResourceVersion.Unknown),
        JsonValue v when (string?)v == "forbidden" => new SourceState.Forbidden("the operator may not get secrets in default"),
        JsonValue v when (string?)v == "unread" => SourceState.NotRead,
        _ => throw new InvalidDataException($"The case says nothing of {source}."),
    };

    private static SourceContent Content(SourceRef source, JsonObject values) => Reading(source, values).Content;

    private static SourceReading Reading(SourceRef source, JsonObject values) =>
        Make.Reading(source.Kind, values.Where(v => v.Value is not null).Select(v => KeyValuePair.Create(v.Key, (string)v.Value!)));

    private static ResourceVersion Version(JsonNode? version) => version is null ? ResourceVersion.Unknown : new((ulong)version);

    private static IEnumerable<string> Changes(ImmutableArray<SourceChange> changes) =>
        changes.Select(c => $"{c.Source} {c.Difference}{(c.Keys.Length > 0 ? $" ({string.Join(", ", c.Keys)})" : "")}");

    private static void Lines(StringBuilder text, IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            text.Append(line).Append('\n');
        }
    }
}
