using RolloutOperator.Leadership;

namespace RolloutOperator.Tests.Leadership;

/// <summary>Whatever happens to requests, watches, clocks and processes: no two act at a time, and when it is over one does.</summary>
public class ElectionModelTests
{
    private static readonly TimeSpan Faulty = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    [Trait("Invariant", "I7")]
    [Theory]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(2, true)]
    public void No_two_act_at_a_time_and_somebody_does_when_faults_have_stopped(int candidates, bool deletions)
    {
        var acted = 0;
        for (var seed = 0; seed < 400; seed++)
        {
            acted += new Run(seed, candidates, deletions).Play();
        }

        // A model in which nobody ever lost the lead would prove nothing.
        Assert.True(acted > 400 * 2, $"the lead changed only {acted} times");
    }

    private sealed class Run(int seed, int candidates, bool deletions)
    {
        private readonly Random _random = new(seed);
        private readonly SimulatedLease _lease = new(LeaseTimes.Default.StatedSeconds);
        private readonly List<SimulatedCandidate> _candidates = [];
        private TimeSpan _now;
        private int _names;
        private bool _faulty = true;

        internal int Play()
        {
            for (var number = 0; number < candidates; number++)
            {
                _candidates.Add(New());
            }

            var (acting, changes) = ((SimulatedCandidate?)null, 0);
            while (_now < Faulty + Quiet)
            {
                _now += Step;
                _faulty = _now < Faulty;
                Disturb();
                foreach (var candidate in _candidates.ToArray())
                {
                    candidate.Live(_now, _faulty);
                }

                var now = Acting();
                changes += now is not null && now != acting ? 1 : 0;
                acting = now ?? acting;
            }

            Assert.True(Acting() is not null, $"seed {seed}: nobody acts a minute after the last fault");
            return changes;
        }

        private SimulatedCandidate? Acting()
        {
            var acting = _candidates.Where(c => c.Acts(_now)).ToArray();
            Assert.True(acting.Length <= 1, $"seed {seed}, at {_now}: {string.Join(" and ", acting.Select(c => c.Name))} act");
            return acting.SingleOrDefault();
        }

        // The names of half of them are their own, as those of pods: they come back with it after a crash.
        private SimulatedCandidate New(string? name = null) =>
            new(name ?? $"{(_names % 2 == 0 ? "pod" : "process")}-{_names++}", _lease, _random, _now, sound: deletions);

        private void Disturb()
        {
            // Who has never seen the Lease takes one that was just deleted for one that never was.
            if (!_faulty || _random.Next(40) > 0 || (deletions && _now < TimeSpan.FromSeconds(10)))
            {
                return;
            }

            var at = _random.Next(_candidates.Count);
            switch (_random.Next(7))
            {
                case 0 or 1:
                    _candidates[at].Freeze(_now + TimeSpan.FromSeconds(_random.Next(40)));
                    break;
                case 2:
                    _candidates[at].CutOff(_now + TimeSpan.FromSeconds(_random.Next(30)));
                    break;
                case 3 when !deletions:
                    // Killed, and another one, or the same pod's next container, in its place.
                    _candidates[at] = New(_candidates[at].Name.StartsWith("pod", StringComparison.Ordinal) ? _candidates[at].Name : null);
                    break;
                case 4 when !deletions:
                    _candidates[at].Leave(_now);
                    _candidates[at] = New();
                    break;
                case 5 when _lease.Lease is { } lease:
                    _lease.Put(lease);
                    break;
                case 6 when deletions:
                    _lease.Delete();
                    break;
            }
        }
    }
}
