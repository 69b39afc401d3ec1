namespace RolloutOperator.Leadership;

/// <summary>The work of a leader during one term.</summary>
/// <param name="token">Nothing new begins after this.</param>
/// <param name="abandon">Work in progress is finished unless this is cancelled.</param>
internal delegate Task LeaderWork(CancellationToken token, CancellationToken abandon);

/// <summary>One term of leadership.</summary>
internal sealed class LeadershipTerm : IDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly CancellationTokenSource _abandon;

    /// <param name="work">What a leader does.</param>
    /// <param name="before">The term before. Its work is awaited, and then it is disposed of.</param>
    /// <param name="time">Measures the grace period.</param>
    public LeadershipTerm(LeaderWork work, LeadershipTerm? before, TimeProvider time)
    {
        _abandon = new(Timeout.InfiniteTimeSpan, time);
        Work = Task.Run(() => RunAsync(work, before));
    }

    /// <summary>Ends with the term. If it ends before, it fails.</summary>
    public Task Work { get; }

    /// <summary>Lets work in progress finish. Returns false if something had to be abandoned.</summary>
    public async Task<bool> FinishAsync(TimeSpan grace)
    {
        await _ending.CancelAsync();
        _abandon.CancelAfter(grace);
        await Work;
        return !_abandon.IsCancellationRequested;
    }

    /// <summary>Ends it at once: another replica may lead.</summary>
    public void Abandon()
    {
        _ending.Cancel();
        _abandon.Cancel();
    }

    /// <summary>To be called only after its work has ended.</summary>
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
            // The next leader plans the abandoned work again.
        }

        if (!_ending.IsCancellationRequested)
        {
            throw new InvalidOperationException("A leader's work ended by itself.");
        }
    }
}
