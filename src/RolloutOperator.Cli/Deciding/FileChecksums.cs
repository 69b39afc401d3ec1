using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Manifests;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Deciding;

/// <summary>The checksums that the operator would compute if nothing but the objects of some files existed.</summary>
/// <param name="keys">The digest keys; none if they are not known.</param>
/// <param name="kinds">The kinds of workloads.</param>
/// <param name="rule">Which keys count for environments.</param>
internal sealed class FileChecksums(DigestKeys keys, WorkloadKinds kinds, EnvironmentRule rule)
{
    private readonly SourceReader _reader = new(keys);

    /// <param name="manifests">The objects.</param>
    /// <param name="partial">Whether a checksum may leave out what is missing.</param>
    /// <exception cref="CommandException">An object is none that the API server would take.</exception>
    public IReadOnlyList<WorkloadChecksum> Of(IReadOnlyList<Manifest> manifests, bool partial)
    {
        // The last one of several with the same name counts.
        var sources = new Dictionary<SourceObject, SourceState>();
        var workloads = new Dictionary<WorkloadRef, (WorkloadKind Kind, JsonElement Object)>();
        foreach (var manifest in manifests)
        {
            var element = AppliedObject.Of(null, manifest.Object, isBuiltIn: true).ToElement();
            if (manifest.SourceKind is { } kind)
            {
                sources[new(kind, manifest.Namespace, manifest.Name)] = Read(manifest, element, kind);
            }
            else if (kinds.Rows.FirstOrDefault(row => row.Kind == manifest.Kind && row.Group == manifest.Group) is { } row)
            {
                workloads[new(row.Kind, manifest.Namespace, manifest.Name)] = (row, element);
            }
        }

        return [.. workloads.OrderBy(each => each.Key.ToString(), StringComparer.Ordinal).Select(each => Of(each.Value.Kind, each.Value.Object, sources, partial))];
    }

    private SourceState Read(Manifest manifest, JsonElement element, SourceKind kind)
    {
        if (kind == SourceKind.Secret && keys.All.IsEmpty)
        {
            return new SourceState.Forbidden("needs the digest key");
        }

        try
        {
            var json = new Utf8JsonReader(JsonMarshal.GetRawUtf8Value(element));
            json.Read();
            var reading = _reader.Read(ref json, kind);
            return new SourceState.Present(reading.Content, ResourceVersion.First, []) { Keyed = reading.Keyed, IsIgnored = reading.Mark == IgnoreMark.Ignored };
        }
        catch (JsonException e)
        {
            throw manifest.Refused(e);
        }
    }

    private WorkloadChecksum Of(WorkloadKind kind, JsonElement element, Dictionary<SourceObject, SourceState> sources, bool partial)
    {
        var rules = ReadingRules.Default with { CrossNamespace = true };
        var workload = WorkloadReader.Read(element, kind, rules) with { Enrolled = true, Ledger = null, TemplateChecksum = null };
        var snapshot = new Snapshot(workload, [.. workload.Sources.Select(use => new ObservedSource(use, State(use)))], keys.CurrentId) { Rule = rule };
        ImmutableArray<ObservedSource> resolved = [.. snapshot.Resolved().Sources.Where(source => source.State is not SourceState.Present { IsIgnored: true })];
        SourceDigest[] digests = [.. resolved.Select(source => SourceDigest.Of(source, ledger: null))];
        string[] problems =
        [
            .. Planner.Plan(snapshot) is Plan.Blocked blocked ? blocked.Reasons.Select(each => sources.ContainsKey(SourceObject.Of(workload.Ref, each.Source)) ? $"{each.Source} {each.Reason}" : $"{each.Source} is not in the files") : [],
            .. resolved.Zip(digests).Where(each => each.Second.IsUnknown).Select(each => $"{each.First.Use.Source} {Unknown(each.First.State)}"),
        ];
        return new()
        {
            Kind = kind.Kind,
            Namespace = workload.Ref.Namespace,
            Name = workload.Ref.Name,
            Checksum = problems.Length == 0 || partial ? SourceDigest.Checksum(digests).ToString() : null,
            Partial = problems.Length > 0 && partial,
            Sources = [.. resolved.Zip(digests).Select(each => new FileSource(each.First.Use.Source.ToString(), each.Second.IsUnknown ? null : each.Second.ToLedger(), Word(each.First)))],
            Problems = problems,
        };

        SourceState State(SourceUse use) => use.Source.Kind == SourceKind.Image ? SourceState.Image.Unknown
            : sources.GetValueOrDefault(SourceObject.Of(workload.Ref, use.Source), new SourceState.Missing(ResourceVersion.Unknown));
    }

    private static string Unknown(SourceState state) => state is SourceState.Image ? "needs a registry" : "needs the digest key (--digest-key-file)";

    private static string Word(ObservedSource source) => source.State switch
    {
        SourceState.Missing => source.Use.Required ? "not in the files" : "not in the files, taken as absent (optional)",
        SourceState.Present => "in the files",
        var state => Unknown(state),
    };
}
