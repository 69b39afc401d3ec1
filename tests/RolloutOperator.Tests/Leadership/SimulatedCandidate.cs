using RolloutOperator.Leadership;

namespace RolloutOperator.Tests.Leadership;

/// <summary>A process with an election, a clock of its own, and a network that loses and delays.</summary>
internal sealed class SimulatedCandidate
{
    private readonly Election _election;
    private readonly SimulatedLease _lease;
    private readonly Random _random;
    private readonly bool _healthy;
    private readonly TimeSpan _born;
    private readonly double _rate;
    private readonly List<Travelling> _requests = [];
    private readonly List<(TimeSpan At, ElectionInput Input)> _answers = [];
    private ElectionState _state = ElectionState.Start;
    private TimeSpan _frozenUntil;
    private TimeSpan _cutOffUntil;
    private int _heard;

    /// <param name="sound">Whether it looks at the Lease at once, and hears without delay while it is not cut off.</param>
    internal SimulatedCandidate(string name, SimulatedLease lease, Random random, TimeSpan now, bool sound)
    {
        _election = new(name, isUnique: name.StartsWith("pod", StringComparison.Ordinal), LeaseTimes.Default);
        (Name, _lease, _random, _born, _healthy) = (name, lease, random, now, sound);

        // Clocks that differ by more than the deadline does from the duration are beyond every election.
        _rate = 0.85 + (0.3 * random.NextDouble());
        _heard = lease.History.Count;
        if (sound || random.Next(2) == 0)
        {
            Take(new ElectionInput.Watched(lease.Now), now);
        }
    }

    internal string Name { get; }

    internal void Freeze(TimeSpan until) => _frozenUntil = until;

    internal void CutOff(TimeSpan until) => _cutOffUntil = until;

    /// <summary>What the fence says, to a process that may be frozen in the middle of a write.</summary>
    internal bool Acts(TimeSpan now) => Clock(now) < _election.LeadsUntil(_state);

    /// <summary>Told to stop: the fence is shut, and the Lease given back, if that arrives.</summary>
    internal void Leave(TimeSpan now)
    {
        if (Election.Release(_state) is { } release && now >= _frozenUntil && now >= _cutOffUntil && !_state.IsRequesting)
        {
            _lease.Answer(release, Clock(now));
        }
    }

    internal void Live(TimeSpan now, bool faulty)
    {
        // What is on its way arrives whether or not its sender still runs.
        foreach (var request in _requests.Where(r => r.Arrives <= now).ToArray())
        {
            _requests.Remove(request);
            var answer = request.IsLost ? null : _lease.Answer(request.Request, request.Sent);
            _answers.Add((request.Answered, answer is null || request.IsAnswerLost ? new ElectionInput.Failed("", "", false) : answer));
        }

        if (now < _frozenUntil)
        {
            return;
        }

        Hear(now, faulty);
        foreach (var answer in _answers.Where(a => a.At <= now).OrderBy(a => a.At).ToArray())
        {
            _answers.Remove(answer);
            Take(answer.Input, now);
        }

        if (_election.NextTick(_state) <= Clock(now))
        {
            Take(new ElectionInput.Tick(), now);
        }
    }

    private TimeSpan Clock(TimeSpan now) => (now - _born) * _rate;

    private void Hear(TimeSpan now, bool faulty)
    {
        while (_heard < _lease.History.Count && now >= _cutOffUntil && (!faulty || _healthy || _random.Next(3) > 0))
        {
            Take(new ElectionInput.Watched(_lease.History[_heard++]), now);
        }
    }

    private void Take(ElectionInput input, TimeSpan now)
    {
        (_state, var request) = _election.Next(_state, input, Clock(now), _random.NextDouble());
        if (request is not null)
        {
            var there = now + Delay();
            var away = now < _cutOffUntil;
            _requests.Add(new(request, Clock(now), there, there + Delay(), IsLost: away, IsAnswerLost: away || _random.Next(50) == 0));
        }
    }

    private TimeSpan Delay() => TimeSpan.FromMilliseconds(_random.Next(20) == 0 ? _random.Next(4_000) : _random.Next(60));

    private sealed record Travelling(
        ElectionRequest Request, TimeSpan Sent, TimeSpan Arrives, TimeSpan Answered, bool IsLost, bool IsAnswerLost);
}
