using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serving;
using RolloutOperator.Timing;
using RolloutOperator.Watching;

namespace RolloutOperator.Leadership;

/// <summary>
/// Drives the <see cref="Election"/>: sends its requests, passes inputs to it, and runs the leader's work while, and only while,
/// this process leads.
/// </summary>
internal sealed class Elector(
    ElectionSettings settings,
    LeaseClient lease,
    KubeClient client,
    Func<ListWatch, Reflector> reflect,
    Fence fence,
    LeaderWork work,
    Instruments instruments,
    TimeProvider time,
    Func<double> random,
    ILogger<Elector> log) : IDisposable
{
    /// <summary>How long the work in progress may take to finish when the process stops.</summary>
    public static readonly TimeSpan GracePeriod = TimeSpan.FromSeconds(3.5);

    // Together with the grace period, less than the five seconds that the shutdown may take.
    private static readonly TimeSpan ReleaseTimeout = TimeSpan.FromSeconds(1);

    private readonly Election _election = new(settings.Identity, settings.IsUnique, settings.Times);
    private readonly Channel<ElectionInput> _inputs = Channel.CreateUnbounded<ElectionInput>(new() { SingleReader = true });
    private volatile ElectionState _state = ElectionState.Start;
    private Task _request = Task.CompletedTask;
    private LeadershipTerm? _term;
    private Task _working = Task.CompletedTask;
    private int _failures;

    /// <summary>Whether the Lease has been observed.</summary>
    public bool HasObserved => _state.Observed is not null;

    /// <summary>False if the fence closed long ago and the loop has not reacted: it hangs.</summary>
    public bool IsAlive => !_state.Leads || fence.ClosedFor < settings.Times.Duration;

    /// <summary>Runs until it is cancelled. Then it lets the leader's work finish, and releases the Lease after that.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var over = new CancellationTokenSource();
        var watch = reflect(new LeaseListWatch(client, settings, observation => _inputs.Writer.TryWrite(new ElectionInput.Watched(observation)), instruments));
        var watching = ObserveAsync(watch.RunAsync, over.Token);
        try
        {
            await StepAsync(over.Token, stopping);
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

    /// <summary>To be called only after the run.</summary>
    public void Dispose() => _term?.Dispose();

    private async Task StepAsync(CancellationToken requests, CancellationToken until)
    {
        try
        {
            while (true)
            {
                until.ThrowIfCancellationRequested();
                await TimedChannelWait.WaitAsync(_inputs.Reader, _election.NextTick(_state) - fence.Now, time, until);
                Step(_inputs.Reader.TryRead(out var input) ? input : new ElectionInput.Tick(), requests);
            }
        }
        catch (OperationCanceledException) when (until.IsCancellationRequested)
        {
            // The caller has what it waited for.
        }
    }

    private void Step(ElectionInput input, CancellationToken requests)
    {
        var before = _state;
        (_state, var request) = _election.Next(before, input, fence.Now, random());
        fence.Set(_election.LeadsUntil(_state));
        LogStep(input, before, _state);
        if (before.Leads != _state.Leads)
        {
            instruments.RecordLeaderTransition();
            if (_state.Leads)
            {
                var term = _term = new(work, _term, time);
                _working = ObserveAsync(_ => term.Work, CancellationToken.None);
            }
            else
            {
                _term?.Abandon();
            }
        }

        if (request is not null)
        {
            _request = ObserveAsync(async token => _inputs.Writer.TryWrite(await lease.SendAsync(request, token)), requests);
        }
    }

    private async Task EndAsync(LeadershipTerm term, CancellationToken over)
    {
        // The Lease is held, and renewed, for as long as there may be writes that it guards.
        using var finished = new CancellationTokenSource();
        var finishing = FinishAsync();
        await StepAsync(over, finished.Token);
        if (await finishing)
        {
            await ReleaseAsync(over);
        }
        else
        {
            log.NotReleased(settings.Namespace, settings.LeaseName, "work had to be abandoned, and may still have an effect");
        }

        async Task<bool> FinishAsync()
        {
            var isClean = await term.FinishAsync(GracePeriod);
            await finished.CancelAsync();
            return isClean;
        }
    }

    private async Task ReleaseAsync(CancellationToken over)
    {
        using var timeout = new CancellationTokenSource(ReleaseTimeout, time);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, over);
        try
        {
            // Of two concurrent writes, one would be refused.
            await _request.WaitAsync(limited.Token);
            while (_inputs.Reader.TryRead(out var input))
            {
                (_state, _) = _election.Next(_state, input, fence.Now, random());
            }

            fence.Set(null);
            switch (Election.Release(_state) is { } release ? await lease.SendAsync(release, limited.Token) : null)
            {
                case null:
                    break;
                case ElectionInput.Accepted:
                    log.Released(settings.Namespace, settings.LeaseName);
                    break;
                case var response:
                    var reason = response is ElectionInput.Failed failed ? failed.Error : "another replica holds it";
                    log.NotReleased(settings.Namespace, settings.LeaseName, reason);
                    break;
            }
        }
        catch (OperationCanceledException) when (limited.IsCancellationRequested)
        {
            log.NotReleased(settings.Namespace, settings.LeaseName, "the API server did not respond in time");
        }
    }

    // An unexpected exception ends the loop that reads the inputs, and with it the program.
    private async Task ObserveAsync(Func<CancellationToken, Task> run, CancellationToken cancellationToken)
    {
        try
        {
            await run(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopped.
        }
        catch (Exception e)
        {
            _inputs.Writer.TryComplete(e);
        }
    }

    private void LogStep(ElectionInput input, ElectionState before, ElectionState now)
    {
        var holder = now.Observed?.Lease?.Holder ?? "";
        var isOthers = holder.Length > 0 && holder != settings.Identity;
        switch (before.Leads, now.Leads)
        {
            case (false, true):
                log.Leading(settings.Namespace, settings.LeaseName, settings.Identity);
                break;
            case (true, false) when isOthers:
                log.LeaseTaken(settings.Namespace, settings.LeaseName, holder);
                break;
            case (true, false):
                log.LeaseExpired(settings.Namespace, settings.LeaseName, settings.Times.RenewDeadline);
                break;
            case (false, false) when isOthers && holder != before.Observed?.Lease?.Holder:
                log.OnStandby(settings.Namespace, settings.LeaseName, holder);
                break;
            default:
                break;
        }

        _failures = input switch
        {
            ElectionInput.Failed => _failures + 1,
            ElectionInput.Accepted or ElectionInput.Read => 0,
            _ => _failures,
        };
        if (input is ElectionInput.Failed failed && int.IsPow2(_failures))
        {
            log.LeaseFailed(settings.Namespace, settings.LeaseName, _failures, failed.Error, failed.Remedy);
        }
    }
}
