namespace RolloutOperator.Leadership;

/// <summary>
/// Whether this process may write, by its own monotonic clock. It closes when the deadline passes, even if no other code of
/// the process has run since.
/// </summary>
internal sealed class Fence(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private long _until;

    /// <summary>The clock of the election.</summary>
    public TimeSpan Now => time.GetElapsedTime(_start);

    /// <summary>To be checked right before each write.</summary>
    public bool MayWrite => Now.Ticks < Volatile.Read(ref _until);

    /// <summary>How long it has been closed; negative while it is open.</summary>
    public TimeSpan ClosedFor => Now - new TimeSpan(Volatile.Read(ref _until));

    /// <summary>Opens it until then; null closes it.</summary>
    public void Set(TimeSpan? until) => Volatile.Write(ref _until, until?.Ticks ?? 0);
}
