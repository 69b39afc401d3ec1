using RolloutOperator.Lead;

namespace RolloutOperator;

/// <summary>Has the work of a leader done while this process leads: the Lease decides, or without an election nobody.</summary>
internal sealed class Leadership
{
    private readonly Surroundings _around;
    private readonly Fence? _fence;

    public Leadership(Surroundings around)
    {
        _around = around;
        _fence = around.Options.Election.Enabled ? new Fence(around.Time) : null;
        around.Instruments.ObserveLeader(MayWrite);
    }

    /// <summary>Asked right before each write.</summary>
    public bool MayWrite() => _fence is null || _fence.MayWrite;

    public Loop Leading(LeaderWork work)
    {
        if (_fence is null)
        {
            return new("workers", token => AloneAsync(work, token));
        }

        var elector = Elector(_fence, work);
        return new("election", async token =>
        {
            using (elector)
            {
                await elector.RunAsync(token);
            }
        });
    }

    private Elector Elector(Fence fence, LeaderWork work)
    {
        var (options, client, time) = (_around.Options, _around.Client, _around.Time);
        var (space, name, times) = (options.OperatorNamespace, options.Election.LeaseName, options.Election.Times);
        var elector = new Elector(
            new ElectionPlace(space, name, options.Election.Identity, options.Election.IsUnique, times),
            new LeaseClient(client, space, name, times, () => fence.Now, time, _around.Instruments),
            new LeaseWatch(client, space, name, time, Surroundings.Chance, _around.Log<LeaseWatch>()),
            fence,
            work,
            _around.Instruments,
            time,
            Surroundings.Chance,
            _around.Log<Elector>());
        _around.Health.AddReadiness("lease", () => elector.Knows, "not read");
        _around.Health.AddLiveness("lease", () => elector.Lives, "expired, and the loop that should have noticed hangs");
        return elector;
    }

    private async Task AloneAsync(LeaderWork work, CancellationToken stopping)
    {
        using var abandon = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _around.Time);
        await using var _ = stopping.Register(() => abandon.CancelAfter(Lead.Elector.Grace));
        await work(stopping, abandon.Token);
    }
}
