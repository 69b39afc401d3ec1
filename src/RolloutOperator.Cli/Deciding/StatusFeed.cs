using System.Runtime.CompilerServices;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Deciding;

/// <summary>What was found at one look: the state, or else why it could not be read.</summary>
/// <param name="State">The state; null when it could not be read.</param>
/// <param name="Problem">Why not.</param>
internal sealed record StatusUpdate(EnrolledState? State, string? Problem);

/// <summary>The enrolled workloads, read again when something has changed.</summary>
/// <param name="api">The API server.</param>
/// <param name="operatorNamespace">The namespace of the operator, if the caller names it.</param>
/// <param name="namespace">The namespace; null for all.</param>
/// <param name="selector">A label selector of the caller, or null.</param>
/// <param name="time">The clock.</param>
internal sealed class StatusFeed(ApiServer api, string? operatorNamespace, string? @namespace, string? selector, TimeProvider time)
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);

    /// <summary>Gives the state now, and again whenever it may have changed; it does not end.</summary>
    /// <exception cref="CommandException">The first look failed. Later ones tell it in the update.</exception>
    public async IAsyncEnumerable<StatusUpdate> FollowAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reports = new ClusterReports(api, operatorNamespace);
        var collections = WatchedCollection.Of(await reports.InstallationAsync(cancellationToken), @namespace);
        await using var signals = new ChangeSignals(api, time);
        await signals.StartAsync(collections, cancellationToken);
        for (var isFirst = true; ; isFirst = false)
        {
            var start = time.GetTimestamp();
            var update = await ReadAsync(reports, isFirst, cancellationToken);
            var took = time.GetElapsedTime(start);
            if (update.State is { } state)
            {
                signals.Expect(WatchedCollection.ObjectsOf(state.Workloads));
                yield return update with { State = state with { Status = state.Status with { Doubts = [.. state.Status.Doubts, .. signals.Notes] } } };

                // Reading may take the API server as long as the rest takes us, and no longer.
                await Task.Delay(took, time, cancellationToken);
                await signals.WaitAsync(cancellationToken);
            }
            else
            {
                yield return update;
                await Task.Delay(AfterFailure, time, cancellationToken);
            }
        }
    }

    private async Task<StatusUpdate> ReadAsync(ClusterReports reports, bool isFirst, CancellationToken cancellationToken)
    {
        try
        {
            return new(await reports.StatusAsync(@namespace, selector, cancellationToken), null);
        }
        catch (CommandException e) when (!isFirst)
        {
            return new(null, e.Message);
        }
    }
}
