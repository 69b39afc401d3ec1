using System.Collections.Concurrent;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Cluster;

/// <summary>Which object a source is.</summary>
internal readonly record struct SourceObject(SourceKind Kind, string Namespace, string Name)
{
    public static SourceObject Of(WorkloadRef workload, SourceRef source) => new(source.Kind, source.Namespace ?? workload.Namespace, source.Name);
}

/// <summary>
/// The sources of some workloads, read with the caller's rights: digests, never values. Few of a namespace are read one by
/// one, many by a list.
/// </summary>
internal sealed class SourceBook(ApiServer api, Installation installation)
{
    private const int Few = 5;
    private const int AtOnce = 8;
    private const string NoKey = "cannot be compared, since the digest key may not be read by you";

    private readonly ConcurrentDictionary<SourceObject, SourceState> _states = new();
    private readonly SourceReader _reader = new(installation.Keys);

    /// <summary>What is known of a source, with what an API server answered after the workload had been read.</summary>
    public SourceState Find(FoundWorkload found, SourceUse use)
    {
        if (use.Source.Kind == SourceKind.Image)
        {
            // The operator alone asks registries.
            return new SourceState.Image(null);
        }

        var state = _states.GetValueOrDefault(SourceObject.Of(found.Workload.Ref, use.Source), SourceState.NotRead);
        return state with { AsOf = ResourceVersion.Latest(state.AsOf, found.ReadAt) };
    }

    /// <summary>Takes a source as it will be, whatever the cluster says.</summary>
    /// <param name="source">The source.</param>
    /// <param name="before">The object as it is; null when there is none, or when it may not be read.</param>
    /// <param name="after">The object as it will be; null when it is deleted.</param>
    /// <param name="version">When that is.</param>
    /// <returns>Whether that can be compared with ledgers.</returns>
    /// <exception cref="JsonException">It is no such object.</exception>
    public bool Give(SourceObject source, JsonElement? before, JsonElement? after, ResourceVersion version)
    {
        if (after is not { } next)
        {
            _states[source] = new SourceState.Missing(version) { AsOf = version };
            return true;
        }

        if (IsWithoutKey(source.Kind))
        {
            _states[source] = new SourceState.Forbidden(NoKey);
            return false;
        }

        var now = Read(next, source.Kind);
        var last = _states.TryGetValue(source, out var given) ? given as SourceState.Present : before is { } known ? Read(known, source.Kind) : null;
        _states[source] = last is null ? now with { Since = version, IsFirst = true, AsOf = version }
            : last.Content.Equals(now.Content) ? now with { Since = last.Since, Earlier = last.Earlier, IsFirst = last.IsFirst, AsOf = version }
            : now with { Since = version, Earlier = [new(last.Content, version), .. last.Earlier], IsFirst = last.IsFirst, AsOf = version };
        return true;
    }

    /// <summary>Reads the sources of these workloads that have not been read.</summary>
    public async Task ReadAsync(IEnumerable<FoundWorkload> workloads, CancellationToken cancellationToken)
    {
        var needed = workloads
            .SelectMany(found => found.Workload.Sources.Where(use => use.Source.Kind != SourceKind.Image).Select(use => SourceObject.Of(found.Workload.Ref, use.Source)))
            .Distinct().Where(source => !_states.ContainsKey(source));
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(needed.GroupBy(source => (source.Kind, source.Namespace)), options, async (group, token) =>
        {
            SourceObject[] sources = [.. group];
            if (sources.Length <= Few || !await ListAsync(group.Key.Kind, group.Key.Namespace, [.. sources], token))
            {
                foreach (var source in sources)
                {
                    _states[source] = await ReadAsync(source, token);
                }
            }
        });
    }

    // False if the caller may read no lists of it.
    private async Task<bool> ListAsync(SourceKind kind, string @namespace, HashSet<SourceObject> needed, CancellationToken cancellationToken)
    {
        if (IsWithoutKey(kind))
        {
            return false;
        }

        try
        {
            await api.ListAsync(
                ResourcePaths.Of(kind, @namespace),
                "",
                item =>
                {
                    var source = new SourceObject(kind, @namespace, item.Member("metadata").Text("name") ?? "");
                    if (needed.Remove(source))
                    {
                        _states[source] = Read(item, kind);
                    }
                },
                cancellationToken);
        }
        catch (ApiException e) when (e.Status == HttpStatusCode.Forbidden)
        {
            return false;
        }

        foreach (var missing in needed)
        {
            _states[missing] = new SourceState.Missing(ResourceVersion.Unknown);
        }

        return true;
    }

    private async Task<SourceState> ReadAsync(SourceObject source, CancellationToken cancellationToken)
    {
        if (!new SourceRef(source.Kind, source.Name).CanExist)
        {
            return new SourceState.Missing(ResourceVersion.Unknown);
        }

        try
        {
            using var document = await api.FindAsync(ResourcePaths.Named(ResourcePaths.Of(source.Kind, source.Namespace), source.Name), cancellationToken);
            return document is null ? new SourceState.Missing(ResourceVersion.Unknown)
                : IsWithoutKey(source.Kind) ? new SourceState.Forbidden(NoKey)
                : Read(document.RootElement, source.Kind);
        }
        catch (ApiException e) when (e.Status == HttpStatusCode.Forbidden)
        {
            return new SourceState.Forbidden($"may not be read by you: it takes get on {source.Kind.Plural()} in the namespace {source.Namespace}");
        }
    }

    private bool IsWithoutKey(SourceKind kind) => kind == SourceKind.Secret && installation.Keys.All.IsEmpty;

    private SourceState.Present Read(JsonElement item, SourceKind kind)
    {
        var json = new Utf8JsonReader(JsonMarshal.GetRawUtf8Value(item));
        json.Read();
        var reading = _reader.Read(ref json, kind);
        return new SourceState.Present(reading.Content, reading.Version, [])
        {
            Keyed = reading.Keyed,
            IsIgnored = reading.Mark == IgnoreMark.Ignored,
            AsOf = reading.Version,
        };
    }
}
