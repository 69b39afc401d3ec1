using System.Threading.Channels;

namespace RolloutOperator.Timing;

/// <summary>Waits for something to read, but no longer than until something else is due.</summary>
internal static class TimedChannelWait
{
    // A timer cannot be set to more than about 49 days.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <param name="reader">Where something may come.</param>
    /// <param name="pause">How long to wait at most; null for as long as it takes.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task WaitAsync<T>(ChannelReader<T> reader, TimeSpan? pause, TimeProvider time, CancellationToken cancellationToken)
    {
        if (pause is not { } wait)
        {
            await reader.WaitToReadAsync(cancellationToken);
            return;
        }

        if (wait > TimeSpan.Zero)
        {
            using var alarm = new CancellationTokenSource(wait < Longest ? wait : Longest, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(alarm.Token, cancellationToken);
            try
            {
                await reader.WaitToReadAsync(either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The time is over.
            }
        }
    }
}
