namespace RolloutOperator.Leadership;

/// <summary>The work of a leader, from one taking of the Lease to its end.</summary>
/// <param name="token">Nothing new begins after this.</param>
/// <param name="abandon">What has begun is finished unless this comes.</param>
internal delegate Task LeaderWork(CancellationToken token, CancellationToken abandon);

/// <summary>One stretch of leading.</summary>
internal sealed class LeadershipTerm : IDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly CancellationTokenSource _abandon;

    /// <param name="work">What a leader does.</param>
    /// <param name="before">The term before, whose work has to be over; it is this one's to dispose of.</param>
    /// <param name="time">Counts the time that work has for its end.</param>
    public LeadershipTerm(LeaderWork work, LeadershipTerm? before, TimeProvider time)
    {
        _abandon = new(Timeout.InfiniteTimeSpan, time);
        Work = Task.Run(() => RunAsync(work, before));
    }

    /// <summary>Ends with the term. If it ends before, it fails.</summary>
    public Task Work { get; }

    /// <summary>Lets what has begun come to its end; false if something had to be abandoned.</summary>
    public async Task<bool> FinishAsync(TimeSpan grace)
    {
        await _ending.CancelAsync();
        _abandon.CancelAfter(grace);
        await Work;
        return !_abandon.IsCancellationRequested;
    }

    /// <summary>Ends it at once: somebody else may lead.</summary>
    public void Abandon()
    {
        _ending.Cancel();
        _abandon.Cancel();
    }

    /// <summary>Only when its work is over and nobody will end it any more.</summary>
    public void Dispose()
    {
        _ending.Dispose();
        _abandon.Dispose();
    }

    private async Task RunAsync(LeaderWork work, LeadershipTerm? before)
    {
        try
        {
            if (before is not null)
            {
                await before.Work;
                before.Dispose();
            }

            await work(_ending.Token, _abandon.Token);
        }
        catch (OperationCanceledException) when (_abandon.IsCancellationRequested)
        {
            // What was abandoned is planned again by whoever leads next.
        }

        if (!_ending.IsCancellationRequested)
        {
            throw new InvalidOperationException("A leader's work ended by itself.");
        }
    }
}
