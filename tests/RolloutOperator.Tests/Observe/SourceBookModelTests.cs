using RolloutOperator.Core;
using RolloutOperator.Observe;
using static RolloutOperator.Tests.Samples;

namespace RolloutOperator.Tests.Observe;

/// <summary>Whatever happens in whatever order: when it is quiet again, the book agrees with the server.</summary>
public class SourceBookModelTests
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
        private readonly Desk _desk = new();
        private readonly SimulatedServer _server = new(numbers);
        private readonly Queue<Action> _heard = [];
        private readonly List<(ReadRequest Request, ulong Asked)> _asked = [];
        private readonly Dictionary<SourceKey, int> _references = Sources.ToDictionary(s => s, _ => 0);
        private TimeSpan _now;

        internal void Play()
        {
            for (int step = 0; step < 60; step++)
            {
                Step();
                Accept();
            }

            Quieten();
            foreach (var source in Sources)
            {
                Assert.True(Agrees(source), $"seed {seed}, numbers {numbers}: {source} is {_desk.State(source)}, {_references[source]} references");
            }

            Assert.True(_desk.Book.Untried == 0, $"seed {seed}: {_desk.Book.Untried} are untried");
        }

        private SourceKey Any() => Sources[_random.Next(Sources.Length)];

        private void Step()
        {
            var source = Any();
            switch (_random.Next(100))
            {
                case < 20: _server.Write(source, Content($"{_random.Next(3)}")); break;
                case < 27: _server.Write(source, null); break;
                case < 35: _references[source]++; _desk.Book.Reference(source); break;
                case < 41 when _references[source] > 0: _references[source]--; _desk.Book.Release(source); break;
                case < 58: Hear(); break;
                case < 75 when _heard.Count > 0: _heard.Dequeue()(); break;
                case < 90 when _asked.Count > 0: Answer(); break;
                case < 94: Retry(); break;
                case < 96: Miss(); break;
                case < 97: Restore(); break;
                case < 98: _heard.Enqueue(() => _desk.Book.Refuse(SourceKind.ConfigMap, null, "cannot be watched")); break;
                default: _heard.Enqueue(Hang); break;
            }
        }

        private void Hang() => _desk.Book.Hang(SourceKind.ConfigMap, null);

        // What the bell hears of names that nobody is interested in goes no further.
        private void Hear()
        {
            if (_server.Rings.TryDequeue(out var ring) && IsOfInterest(ring.Source))
            {
                _heard.Enqueue(() => _desk.Book.Ring(ring.Source, ring.Deleted, ring.Version));
            }
        }

        private bool IsOfInterest(SourceKey source) => _desk.Interest.Find(source.Source.Name) is not null;

        // The watch expired: what it had not passed on is lost, and a list takes its place.
        private void Miss()
        {
            _server.Rings.Clear();
            var found = _server.List(IsOfInterest);
            _heard.Enqueue(() => _desk.Book.CatchUp(SourceKind.ConfigMap, null, found));
            _heard.Enqueue(Hang);
        }

        // A server that is being restored answers nobody.
        private void Restore()
        {
            while (_asked.Count > 0)
            {
                Answer(new ReadOutcome.Failed("away"));
                Accept();
            }

            while (_heard.Count > 0)
            {
                _heard.Dequeue()();
            }

            foreach (var request in _desk.Asked())
            {
                _desk.Answer(request, new ReadOutcome.Failed("away"), _now, _random.NextDouble());
            }

            _server.Restore(_server.Now - (ulong)_random.Next(10));
            Miss();
            _heard.Dequeue()();
        }

        private void Answer()
        {
            switch (_random.Next(10))
            {
                case 0: Answer(new ReadOutcome.Failed("no answer")); break;
                case 1: Answer(new ReadOutcome.Refused("may not be read")); break;
                default: Answer(outcome: null); break;
            }
        }

        private void Answer(ReadOutcome? outcome)
        {
            int index = _random.Next(_asked.Count);
            var (request, asked) = _asked[index];
            _asked.RemoveAt(index);
            ulong at = asked + (ulong)_random.NextInt64((long)(_server.Now - asked) + 1);
            _desk.Answer(request, outcome ?? _server.Read(request.Source, at), _now, _random.NextDouble());
        }

        private void Retry()
        {
            _now += TimeSpan.FromSeconds(_random.Next(20));
            _desk.Book.Retry(_now);
        }

        private void Accept()
        {
            _asked.AddRange(_desk.Asked().Select(request => (request, _server.Now)));
            Assert.True(_asked.Select(a => a.Request).Distinct().Count() == _asked.Count, $"seed {seed}: a source is being read twice at a time");
        }

        private void Quieten()
        {
            _heard.Enqueue(Hang);
            for (int round = 0; _server.Rings.Count + _heard.Count + _asked.Count > 0 || _desk.Book.NextRetry is not null; round++)
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

                _now = _desk.Book.NextRetry is { } due && due > _now ? due : _now;
                _desk.Book.Retry(_now);
                Accept();
            }
        }

        private bool Agrees(SourceKey source) => (_desk.State(source), _server.Find(source)) switch
        {
            var (state, _) when _references[source] == 0 => state is SourceState.Unread,
            (SourceState.Present present, { } content) => present.Content.Equals(content),
            (SourceState.Missing, null) => true,
            _ => false,
        };
    }
}
