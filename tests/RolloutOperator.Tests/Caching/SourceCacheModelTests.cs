using RolloutOperator.Caching;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;
using RolloutOperator.Watching;
using static RolloutOperator.Tests.Samples;

namespace RolloutOperator.Tests.Caching;

/// <summary>Whatever happens in whatever order: when it is quiet again, the book agrees with the server.</summary>
public class SourceCacheModelTests
{
    private static readonly SourceKey[] Sources = [Config("a"), Config("b"), Config("a", "elsewhere")];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void When_all_is_quiet_every_referenced_source_is_as_the_server_has_it(bool numbers)
    {
        for (int seed = 0; seed < 3_000; seed++)
        {
            new Run(seed, numbers).Play();
        }
    }

    private sealed class Run(int seed, bool numbers)
    {
        private readonly Random _random = new(seed);
        private readonly SourceCacheHarness _cache = new();
        private readonly SimulatedServer _server = new(numbers);
        private readonly Queue<Action> _heard = [];
        private readonly List<(FetchRequest Request, ulong Requests)> _asked = [];
        private readonly Dictionary<SourceKey, int> _references = Sources.ToDictionary(s => s, _ => 0);
        private readonly Dictionary<SourceKey, ResourceVersion> _ledgers = [];
        private bool _watched = true;
        private TimeSpan _now;

        internal void Play()
        {
            for (int step = 0; step < 80; step++)
            {
                Step();
                Accept();
            }

            Quieten();
            foreach (var source in Sources)
            {
                Assert.True(Agrees(source), $"seed {seed}, numbers {numbers}: {source} is {_cache.State(source)}, {_references[source]} references");
            }

            Assert.True(_ledgers.Count == 0, $"seed {seed}, numbers {numbers}: {_ledgers.Count} sources are known from before their ledger only");
            Assert.True(_cache.Cache.NeverFetched == 0, $"seed {seed}: {_cache.Cache.NeverFetched} are untried");
        }

        private SourceKey Any() => Sources[_random.Next(Sources.Length)];

        private void Step()
        {
            var source = Any();
            switch (_random.Next(100))
            {
                case < 15: _server.Write(source, Content($"{_random.Next(3)}")); break;
                case < 20: _server.Write(source, null); break;
                case < 26: _references[source]++; _heard.Enqueue(() => _cache.Cache.Reference(source)); break;
                case < 31 when _references[source] > 0: Release(source); break;
                case < 37 when _references[source] > 0: WriteLedger(source); break;
                case < 50: Hear(); break;
                case < 60 when _asked.Count > 0: Answer(); break;
                case < 63: Retry(); break;
                case < 65: Miss(); break;
                case < 66: Restore(); break;
                case < 67: Refuse(); break;
                case < 69 when _watched: _heard.Enqueue(Hang); break;
                case var _ when _heard.Count > 0: _heard.Dequeue()(); break;
                default: break;
            }
        }

        private void Release(SourceKey source)
        {
            _heard.Enqueue(() => _cache.Cache.Release(source));
            if (--_references[source] == 0)
            {
                _ledgers.Remove(source);
            }
        }

        // A workload that uses the source gets a ledger that disagrees with it.
        private void WriteLedger(SourceKey source)
        {
            var version = _ledgers[source] = _server.WriteOther();
            _heard.Enqueue(() => _cache.Cache.AdvanceRevision(version));
            _heard.Enqueue(() => Pass(source));
        }

        // A difference is a difference only when the source is known as of the ledger.
        private void Pass(SourceKey source)
        {
            if (!_ledgers.TryGetValue(source, out var version))
            {
                return;
            }

            if (version.IsKnownAfter(_cache.State(source).AsOf))
            {
                _heard.Enqueue(() => _cache.Cache.EnsureAtLeast(source, version));
            }
            else
            {
                _ledgers.Remove(source);
            }
        }

        private void Hang() => _cache.Cache.WatchStarted(SourceKind.ConfigMap, null, new(1));

        // What the bell hears of names that nobody is interested in goes no further.
        private void Hear()
        {
            if (_watched && _server.Events.TryDequeue(out var ring) && IsOfInterest(ring.Source))
            {
                _heard.Enqueue(() =>
                {
                    _cache.Cache.AdvanceRevision(ring.Version);
                    _cache.Cache.Changed(ring.Source, ring.Deleted, ring.Version);
                });
            }
        }

        private bool IsOfInterest(SourceKey source) => _cache.Interest.Find(source.Source.Name) is not null;

        // Nothing is heard until there is a list again.
        private void Refuse()
        {
            _watched = false;
            _heard.Enqueue(() => _cache.Cache.WatchForbidden(SourceKind.ConfigMap, null, "cannot be watched"));
        }

        // The watch expired: what it had not passed on is lost, and a list takes its place.
        private void Miss()
        {
            _watched = true;
            _server.Events.Clear();
            var found = _server.List(IsOfInterest);
            _heard.Enqueue(() => _cache.Cache.Relisted(SourceKind.ConfigMap, null, found));
            _heard.Enqueue(Hang);
        }

        // A server that is being restored answers nobody.
        private void Restore()
        {
            while (_asked.Count > 0)
            {
                Answer(new FetchResult.Failed("away"));
                Accept();
            }

            while (_heard.Count > 0)
            {
                _heard.Dequeue()();
            }

            foreach (var request in _cache.Requests())
            {
                _cache.Answer(request, new FetchResult.Failed("away"), _now, _random.NextDouble());
            }

            _server.Restore(_server.Now - (ulong)_random.Next(10));
            Miss();
            _heard.Dequeue()();
        }

        private void Answer()
        {
            switch (_random.Next(10))
            {
                case 0: Answer(new FetchResult.Failed("no answer")); break;
                case 1: Answer(new FetchResult.Forbidden("may not be read")); break;
                default: Answer(outcome: null); break;
            }
        }

        private void Answer(FetchResult? outcome)
        {
            int index = _random.Next(_asked.Count);
            var (request, asked) = _asked[index];
            _asked.RemoveAt(index);
            ulong at = asked + (ulong)_random.NextInt64((long)(_server.Now - asked) + 1);
            var answer = outcome ?? _server.Read(request.Source, at);
            _heard.Enqueue(() => _cache.Answer(request, answer, _now, _random.NextDouble()));
        }

        private void Retry()
        {
            _now += TimeSpan.FromSeconds(_random.Next(20));
            _cache.Cache.Retry(_now);
        }

        private void Accept()
        {
            _asked.AddRange(_cache.Requests().Select(request => (request, _server.Now)));
            foreach (var source in _cache.Changed())
            {
                _heard.Enqueue(() => Pass(source));
            }

            Assert.True(_asked.Select(a => a.Request).Distinct().Count() == _asked.Count, $"seed {seed}: a source is being read twice at a time");
        }

        private void Quieten()
        {
            if (_watched)
            {
                _heard.Enqueue(Hang);
            }
            else
            {
                Miss();
            }

            for (int round = 0; _server.Events.Count + _heard.Count + _asked.Count > 0 || _cache.Cache.NextRetry is not null; round++)
            {
                Assert.True(round < 1_000, $"seed {seed}, numbers {numbers}: it never becomes quiet");
                Hear();
                if (_heard.Count > 0)
                {
                    _heard.Dequeue()();
                }

                Accept();
                if (_asked.Count > 0)
                {
                    Answer(outcome: null);
                }

                _now = _cache.Cache.NextRetry is { } due && due > _now ? due : _now;
                _cache.Cache.Retry(_now);
                Accept();
            }
        }

        private bool Agrees(SourceKey source) => (_cache.State(source), _server.Find(source)) switch
        {
            var (state, _) when _references[source] == 0 => state is SourceState.Unread,
            (SourceState.Present present, { } content) => present.Content.Equals(content),
            (SourceState.Missing, null) => true,
            _ => false,
        };
    }
}
