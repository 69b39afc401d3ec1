using System.Threading.Channels;
using RolloutOperator.Core;
using RolloutOperator.Observe;

namespace RolloutOperator.Tests.Observe;

/// <summary>A book of sources on its desk: its store, what it asks to be read, and what it reports as changed.</summary>
internal sealed class Desk
{
    private readonly Channel<ReadRequest> _reads = Channel.CreateUnbounded<ReadRequest>();
    private readonly SourceStore _store = new();
    private readonly List<SourceKey> _changed = [];

    internal Desk() => Book = new(_store, Interest, _reads.Writer, new Bells((_, space) => Awaited(space)), _changed.Add, Log);

    /// <summary>Whether a namespace will still get its bells.</summary>
    internal Func<string, bool> Awaited { get; set; } = _ => true;

    internal SourceBook Book { get; }

    internal Interest Interest { get; } = new();

    internal Notebook<SourceBook> Log { get; } = new();

    /// <summary>Hangs the bells of both kinds in all namespaces.</summary>
    internal Desk Hung()
    {
        Book.Hang(SourceKind.ConfigMap, null);
        Book.Hang(SourceKind.Secret, null);
        return this;
    }

    internal SourceState State(SourceKey source) => _store.Readers.Find(source);

    internal SourceState.Present Present(SourceKey source) => Assert.IsType<SourceState.Present>(State(source));

    /// <summary>What it has asked to be read since the last question.</summary>
    internal ReadRequest[] Asked()
    {
        var asked = new List<ReadRequest>();
        while (_reads.Reader.TryRead(out var request))
        {
            asked.Add(request);
        }

        return [.. asked];
    }

    /// <summary>What it has reported since the last question.</summary>
    internal SourceKey[] Changed()
    {
        SourceKey[] changed = [.. _changed];
        _changed.Clear();
        return changed;
    }

    internal ReadRequest AskedOnce() => Assert.Single(Asked());

    internal void Answer(ReadRequest asked, ReadOutcome outcome, TimeSpan now = default, double random = 0) =>
        Book.Take(asked.Source, asked.Ticket, outcome, now, random);

    internal void Answer(ReadRequest asked, ulong version, string value) =>
        Answer(asked, new ReadOutcome.Present(Samples.Reading(version, value)));

    /// <summary>Answers the one read that is on its way.</summary>
    internal void Answer(ulong version, string value) => Answer(AskedOnce(), version, value);

    internal void Answer(ReadOutcome outcome) => Answer(AskedOnce(), outcome);

    internal void Ring(SourceKey source, ulong version) => Book.Ring(source, deleted: false, new(version));

    internal void RingDeleted(SourceKey source, ulong version) => Book.Ring(source, deleted: true, new(version));

    internal void CatchUp(params (SourceKey Source, ulong Version)[] found) =>
        Book.CatchUp(SourceKind.ConfigMap, null, found.ToDictionary(f => f.Source, f => new ResourceVersion(f.Version)));
}
