namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>Time that goes by faster than it does.</summary>
internal sealed class HurriedTime(int times) : TimeProvider
{
    public override long TimestampFrequency => System.TimestampFrequency;

    public override long GetTimestamp() => System.GetTimestamp() * times;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, Hurried(dueTime), Hurried(period));

    private TimeSpan Hurried(TimeSpan length) => length > TimeSpan.Zero ? length / times : length;
}
