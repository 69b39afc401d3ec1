using System.Threading.Channels;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Watching;

/// <summary>
/// Reads the version of the API server now and then: it says of which keys kubelets make variables, and clusters are
/// upgraded while the operator runs.
/// </summary>
internal sealed class ServerVersionPoll(KubeClient client, ChannelWriter<Observation> observations, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan UntilKnown = TimeSpan.FromSeconds(10);

    /// <summary>Reports each change of the rule.</summary>
    /// <param name="known">The rule of the version that was read at the start, or null if it could not be.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(EnvironmentRule? known, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(known is null ? UntilKnown : Interval, time, cancellationToken);
            try
            {
                var rule = EnvironmentRules.Of(await client.GetServerVersionAsync(cancellationToken));
                if (rule != known)
                {
                    observations.TryWrite(new Observation.EnvironmentRuleChanged(rule));
                    known = rule;
                }
            }
            catch (KubeException)
            {
                // What is known stays. The watches say that the API server does not answer.
            }
        }
    }
}
