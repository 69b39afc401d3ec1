using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RolloutOperator.Core.Templates;
using RolloutOperator.Serving;
using RolloutOperator.Timing;

namespace RolloutOperator.Leadership;

/// <summary>
/// Drives <see cref="Election"/>: asks what it asks, tells it what happens, and has the leader's work done while, and only
/// while, this process leads.
/// </summary>
internal sealed class Elector(
    ElectionSettings place,
    LeaseClient lease,
    LeaseWatch watch,
    Fence fence,
    LeaderWork work,
    Instruments instruments,
    TimeProvider time,
    Func<double> random,
    ILogger<Elector> log) : IDisposable
{
    /// <summary>What a leader has begun when it is told to stop has this long to come to an end.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(3.5);

    // With the grace before it, less than the five seconds that the whole end may take.
    private static readonly TimeSpan ReleaseLimit = TimeSpan.FromSeconds(1);

    private readonly Election _election = new(place.Identity, place.IsUnique, place.Times);
    private readonly Channel<ElectionInput> _inputs = Channel.CreateUnbounded<ElectionInput>(new() { SingleReader = true });
    private volatile ElectionState _state = ElectionState.Start;
    private Task _request = Task.CompletedTask;
    private LeadershipTerm? _term;
    private Task _working = Task.CompletedTask;
    private int _failures;

    /// <summary>Whether it is known who leads.</summary>
    public bool Knows => _state.Seen is not null;

    /// <summary>False when this process takes itself for the leader long after it was one: its loop hangs.</summary>
    public bool Lives => !_state.Leads || fence.ClosedFor < place.Times.Duration;

    /// <summary>Runs until told to stop; then lets the leader's work come to its end, and gives the Lease back after that.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var over = new CancellationTokenSource();
        var watching = RunToTheEndAsync(token => watch.RunAsync(sight => _inputs.Writer.TryWrite(new ElectionInput.Heard(sight)), token), over.Token);
        try
        {
            await FollowAsync(over.Token, stopping);
            if (_state.Leads)
            {
                await EndAsync(_term!, over.Token);
            }
        }
        finally
        {
            fence.Set(null);
            _term?.Abandon();
            await over.CancelAsync();
            await Task.WhenAll(watching, _request, _working);
        }
    }

    /// <summary>Only after the run.</summary>
    public void Dispose() => _term?.Dispose();

    private async Task FollowAsync(CancellationToken asking, CancellationToken until)
    {
        try
        {
            while (true)
            {
                await WaitAsync(until);
                Step(_inputs.Reader.TryRead(out var input) ? input : new ElectionInput.Tick(), asking);
            }
        }
        catch (OperationCanceledException) when (until.IsCancellationRequested)
        {
            // Enough.
        }
    }

    private async Task WaitAsync(CancellationToken until)
    {
        until.ThrowIfCancellationRequested();
        await TimedChannelWait.WaitAsync(_inputs.Reader, _election.NextTick(_state) - fence.Now, time, until);
    }

    private void Step(ElectionInput input, CancellationToken asking)
    {
        var before = _state;
        (var now, var request) = _election.Next(before, input, fence.Now, random());
        _state = now;
        fence.Set(_election.ActsUntil(now));
        Tell(input, before, now);
        if (before.Leads != now.Leads)
        {
            instruments.RecordLeaderTransition();
            Turn(now.Leads);
        }

        if (request is not null)
        {
            _request = RunToTheEndAsync(async token => _inputs.Writer.TryWrite(await lease.AskAsync(request, token)), asking);
        }
    }

    private void Turn(bool leads)
    {
        if (leads)
        {
            var term = _term = new(work, _term, time);
            _working = RunToTheEndAsync(_ => term.Work, CancellationToken.None);
        }
        else
        {
            _term?.Abandon();
        }
    }

    private async Task EndAsync(LeadershipTerm term, CancellationToken over)
    {
        // The Lease is held, and renewed, for as long as there may be writes that it guards.
        using var done = new CancellationTokenSource();
        var finishing = FinishAsync(term, done);
        await FollowAsync(over, done.Token);
        if (!await finishing)
        {
            log.NotReleased(place.Namespace, place.LeaseName, "work had to be abandoned, and may still have its effect");
            return;
        }

        await ReleaseAsync(over);
    }

    private static async Task<bool> FinishAsync(LeadershipTerm term, CancellationTokenSource done)
    {
        var clean = await term.FinishAsync(Grace);
        await done.CancelAsync();
        return clean;
    }

    private async Task ReleaseAsync(CancellationToken over)
    {
        using var limit = new CancellationTokenSource(ReleaseLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, over);
        try
        {
            // Of two writes at a time, one would be refused.
            await _request.WaitAsync(either.Token);
            while (_inputs.Reader.TryRead(out var input))
            {
                (_state, _) = _election.Next(_state, input, fence.Now, random());
            }

            fence.Set(null);
            if (Election.Release(_state) is { } release)
            {
                Tell(await lease.AskAsync(release, either.Token));
            }
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            log.NotReleased(place.Namespace, place.LeaseName, "the API server did not answer in time");
        }
    }

    // A defect ends the loop that waits for inputs, and with it the program.
    private async Task RunToTheEndAsync(Func<CancellationToken, Task> run, CancellationToken cancellationToken)
    {
        try
        {
            await run(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Told to stop.
        }
        catch (Exception e)
        {
            _inputs.Writer.TryComplete(e);
        }
    }

    private void Tell(ElectionInput answer)
    {
        if (answer is ElectionInput.Accepted)
        {
            log.Released(place.Namespace, place.LeaseName);
        }
        else
        {
            log.NotReleased(place.Namespace, place.LeaseName, answer is ElectionInput.Failed failed ? failed.Error : "it is no longer ours");
        }
    }

    private void Tell(ElectionInput input, ElectionState before, ElectionState now)
    {
        var holder = now.Seen?.Lease?.Holder ?? "";
        if (!before.Leads && now.Leads)
        {
            log.Leading(place.Namespace, place.LeaseName, place.Identity);
        }
        else if (before.Leads && !now.Leads && holder.Length > 0 && holder != place.Identity)
        {
            log.Overtaken(place.Namespace, place.LeaseName, holder);
        }
        else if (before.Leads && !now.Leads)
        {
            log.Expired(place.Namespace, place.LeaseName, place.Times.RenewDeadline);
        }
        else if (!now.Leads && holder.Length > 0 && holder != before.Seen?.Lease?.Holder && holder != place.Identity)
        {
            log.StandingBy(place.Namespace, place.LeaseName, holder);
        }

        _failures = input switch
        {
            ElectionInput.Failed => _failures + 1,
            ElectionInput.Accepted or ElectionInput.Read => 0,
            _ => _failures,
        };
        if (input is ElectionInput.Failed failed && int.IsPow2(_failures))
        {
            log.LeaseFailed(place.Namespace, place.LeaseName, failed.Remedy, _failures, failed.Error);
        }
    }
}
