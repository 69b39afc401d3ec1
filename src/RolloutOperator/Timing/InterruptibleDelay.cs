namespace RolloutOperator.Timing;

/// <summary>A rest that somebody else may end.</summary>
internal sealed class InterruptibleDelay(TimeProvider time)
{
    private TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Returns after the pause, or when it is ended meanwhile.</summary>
    public async Task WaitAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        await Volatile.Read(ref _over).Task.WaitAsync(pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Ends the present rest; later ones take their time.</summary>
    public void End() => Interlocked.Exchange(ref _over, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
}
