namespace RolloutOperator.Leadership;

/// <summary>
/// Whether this process may write, by its own monotonic clock. It closes by itself when the deadline passes, even if
/// nothing else in the process runs any more, or again.
/// </summary>
internal sealed class Fence(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private long _until;

    /// <summary>The clock of the election.</summary>
    public TimeSpan Now => time.GetElapsedTime(_start);

    /// <summary>To be asked right before each write.</summary>
    public bool MayWrite => Now.Ticks < Volatile.Read(ref _until);

    /// <summary>How long it has been closed; less than nothing while it is open.</summary>
    public TimeSpan ClosedFor => Now - new TimeSpan(Volatile.Read(ref _until));

    /// <summary>Opens it until then; null closes it.</summary>
    public void Set(TimeSpan? until) => Volatile.Write(ref _until, until?.Ticks ?? 0);
}
