using RolloutOperator.Core.Checksums;
using RolloutOperator.Watching;

namespace RolloutOperator.Tests.Caching;

/// <summary>
/// An API server that is a dictionary with one counter of versions. It rings in the order of its changes, and answers
/// from any moment between the question and the answer.
/// </summary>
internal sealed class SimulatedServer(bool numbers)
{
    private readonly List<Moment> _history = [];

    /// <summary>One change; no content means that the object was deleted.</summary>
    private sealed record Moment(ulong Version, SourceKey Source, SourceContent? Content);

    internal ulong Now { get; private set; } = 100;

    /// <summary>The changes that the bell has not passed on yet.</summary>
    internal Queue<Observation.SourceChanged> Events { get; } = [];

    internal void Write(SourceKey source, SourceContent? content)
    {
        if (content is not null || Find(source, Now) is not null)
        {
            Now++;
            _history.Add(new(Now, source, content));
            Events.Enqueue(new(source, content is null, Written(Now)));
        }
    }

    /// <summary>Writes an object that is no source, and gives its version.</summary>
    internal ResourceVersion WriteOther() => Written(++Now);

    internal SourceContent? Find(SourceKey source) => Find(source, Now)?.Content;

    /// <summary>What a read gives that the server looked at when it was at the version.</summary>
    internal FetchResult Read(SourceKey source, ulong at) => Find(source, at) is { } found
        ? new FetchResult.Present(new(Written(found.Version), found.Content!))
        : new FetchResult.Absent();

    internal Dictionary<SourceKey, ResourceVersion> List(Func<SourceKey, bool> wanted) => _history
        .Select(moment => moment.Source)
        .Distinct()
        .Where(source => wanted(source) && Find(source, Now) is not null)
        .ToDictionary(source => source, source => Written(Find(source, Now)!.Version));

    /// <summary>Puts a backup in place: the server is as it was, and counts from there.</summary>
    internal void Restore(ulong version)
    {
        _history.RemoveAll(moment => moment.Version > version);
        Events.Clear();
        Now = version;
    }

    private Moment? Find(SourceKey source, ulong at) =>
        _history.FindLast(moment => moment.Source == source && moment.Version <= at) is { Content: not null } found ? found : null;

    private ResourceVersion Written(ulong version) => numbers ? new(version) : ResourceVersion.Unknown;
}
