using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Hosting.Permissions;

/// <summary>
/// Asks the API server which of the operator's rights are granted: all at the start and every few minutes, those that are
/// missing every few seconds, and those that a refusal casts doubt on at once. It logs what changed.
/// </summary>
/// <param name="rights">What has to be granted.</param>
/// <param name="selected">The namespaces in which a permission is enough that is not granted in all of them.</param>
/// <param name="onGranted">Called when a permission that was missing is granted.</param>
internal sealed class PermissionReviewer(
    ImmutableArray<Permission> rights,
    Func<IEnumerable<string>> selected,
    Action onGranted,
    KubeClient client,
    TimeProvider time,
    Func<double> random,
    ILogger<PermissionReviewer> log)
{
    private const int AtOnce = 4;

    private static readonly TimeSpan Everything = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(10);

    private readonly Channel<(string Verb, string Resource)> _doubts =
        Channel.CreateBounded<(string, string)>(new BoundedChannelOptions(64) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    private volatile PermissionState _grants = PermissionState.None;
    private bool _toldOfTrouble;

    /// <summary>Those that are known to be missing.</summary>
    public IEnumerable<Permission> Missing => _grants.Missing;

    /// <summary>A request was refused with 403. Never blocks, and may be called from any thread.</summary>
    public void Doubt(string verb, string resource) => _doubts.Writer.TryWrite((verb, resource));

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await ReviewAsync(rights, cancellationToken);
            var (began, lasts) = (time.GetTimestamp(), Spread(Everything));
            do
            {
                await RestAsync(lasts - time.GetElapsedTime(began), cancellationToken);
            }
            while (time.GetElapsedTime(began) < lasts && !await ReviewAsync(Suspects(), cancellationToken));
        }
    }

    // Whatever happens, there is a pause between two reviews; after it, a doubt or something missing is reason enough.
    private async Task RestAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        var (began, pause) = (time.GetTimestamp(), Spread(Between));
        await Task.Delay(pause < longest ? pause : longest > TimeSpan.Zero ? longest : TimeSpan.Zero, time, cancellationToken);
        if (pause < longest && rights.All(_grants.Has))
        {
            // The pause may have taken longer than it should.
            var left = longest - time.GetElapsedTime(began);
            using var enough = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(enough.Token, cancellationToken);
            try
            {
                await _doubts.Reader.WaitToReadAsync(either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Nothing was doubted.
            }
        }
    }

    private ImmutableArray<Permission> Suspects()
    {
        var doubts = new HashSet<(string, string)>();
        while (_doubts.Reader.TryRead(out var doubt))
        {
            doubts.Add(doubt);
        }

        return [.. rights.Where(right => !_grants.Has(right) || doubts.Contains((right.Access.Verb, right.Access.Resource)))];
    }

    /// <summary>Asks about these rights, and says whether anything is otherwise than before.</summary>
    private async Task<bool> ReviewAsync(ImmutableArray<Permission> asked, CancellationToken cancellationToken)
    {
        var trouble = new Trouble();
        var answers = new ConcurrentDictionary<int, (Permission, bool?)[]>();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, asked.Length),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (i, token) => answers[i] = await AnswerAsync(asked[i], trouble, token));
        Tell(trouble);
        (_grants, var lost, var granted) = _grants.After(
            [.. answers.OrderBy(answer => answer.Key).SelectMany(answer => answer.Value)], everything: asked.Length == rights.Length);
        foreach (var right in lost)
        {
            log.Missing(right);
        }

        foreach (var right in granted)
        {
            log.Granted(right);
        }

        if (granted.Length > 0)
        {
            onGranted();
        }

        return lost.Length + granted.Length > 0;
    }

    private async Task<(Permission Right, bool? Allowed)[]> AnswerAsync(Permission right, Trouble trouble, CancellationToken cancellationToken)
    {
        var allowed = await AskAsync(right, trouble, cancellationToken);
        if (!right.InSelected || allowed is null)
        {
            return [(right, allowed)];
        }

        var single = new List<(Permission Right, bool? Allowed)>();
        foreach (var one in selected().Select(right.In))
        {
            single.Add((one, allowed is true ? true : await AskAsync(one, trouble, cancellationToken)));
        }

        // As good as granted everywhere if nothing is missing where it counts.
        return [(right, single.TrueForAll(one => one.Allowed is true)), .. single];
    }

    // One request without an answer is enough to know that now is not the time to ask.
    private async Task<bool?> AskAsync(Permission right, Trouble trouble, CancellationToken cancellationToken)
    {
        if (trouble.Error is null)
        {
            try
            {
                return await client.IsAllowedAsync(right.Access, cancellationToken);
            }
            catch (KubeException e)
            {
                trouble.Error = e.Message;
            }
        }

        return null;
    }

    private void Tell(Trouble trouble)
    {
        if (trouble.Error is not null && !_toldOfTrouble)
        {
            log.Unknown(trouble.Error);
        }

        _toldOfTrouble = trouble.Error is not null;
    }

    private TimeSpan Spread(TimeSpan whole) => whole * (0.5 + (random() / 2));

    private sealed class Trouble
    {
        public volatile string? Error;
    }
}
