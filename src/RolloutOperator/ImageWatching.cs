using System.Threading.Channels;
using RolloutOperator.Observe;
using RolloutOperator.Observe.Images;
using RolloutOperator.Registry;
using RolloutOperator.Serve;

namespace RolloutOperator;

/// <summary>The part of Observe that asks registries, with its store.</summary>
internal sealed class ImageWatching : IDisposable
{
    private readonly RegistryClient _registries;
    private readonly ImagePoller _poller;
    private readonly bool _enabled;
    private readonly TimeProvider _time;

    public ImageWatching(Surroundings around, Interest interest, ChannelWriter<Change> changes)
    {
        var (options, instruments, time) = (around.Options.Images, around.Instruments, around.Time);
        var store = new ImageStore();
        (_enabled, _time) = (options.Enabled, time);
        _registries = new(options.Registries, time, Surroundings.Chance, exchange => instruments.RecordRegistryRequest(exchange.Registry, exchange.Status));
        _poller = new(
            store,
            interest,
            _registries,
            new PurseReader(around.Client, time, around.Log<PurseReader>()),
            new ImagePace(options.PollInterval),
            claim => changes.TryWrite(new Change.OfImage(claim)),
            (answer, registry) => instruments.RecordLook(registry, ResultOf(answer)),
            time,
            Surroundings.Chance,
            around.Log<ImagePoller>());
        Store = store.Readers;
        instruments.ObserveImages(() => _poller.Watched, () => _poller.Flapping);
        instruments.ObserveRegistries(() =>
        [
            .. _registries.States().Select(state =>
                new Instruments.RegistryStanding(state.Registry, state.RestsUntil > time.GetUtcNow(), state.LastGood, state.Budget)),
        ]);
    }

    public ImageStore.View Store { get; }

    /// <summary>Where it is told what happens; null when images are not followed.</summary>
    public ChannelWriter<ImageNews>? News => _enabled ? _poller.News : null;

    public IEnumerable<Loop> Loops => _enabled ? [new("images", _poller.RunAsync)] : [];

    /// <summary>Has registries asked while the work goes on, which is that of a leader.</summary>
    public async Task WhileAsync(Func<Task> work, CancellationToken stopping)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var looking = _enabled ? _poller.LeadAsync(over.Token) : Task.CompletedTask;
        try
        {
            await work();
        }
        finally
        {
            await over.CancelAsync();
            await looking;
        }
    }

    /// <summary>Takes a notification of a push, and says whether it was understood.</summary>
    public bool Hint(ReadOnlyMemory<byte> notification)
    {
        var hints = _enabled ? HintReader.Read(notification) : [];
        foreach (var hint in hints)
        {
            _poller.News.TryWrite(new ImageNews.Hinted(hint));
        }

        return !hints.IsEmpty;
    }

    /// <summary>What is known of images at this moment, as JSON.</summary>
    public async Task<byte[]> ReportAsync(CancellationToken cancellationToken)
    {
        var report = ImageReport.None;
        if (_enabled)
        {
            var asked = new ImageNews.Asked(new(TaskCreationOptions.RunContinuationsAsynchronously));
            _poller.News.TryWrite(asked);
            report = await asked.Answer.Task.WaitAsync(cancellationToken);
        }

        return report.ToJson(_time.GetUtcNow());
    }

    public void Dispose() => _registries.Dispose();

    private static Instruments.LookResult ResultOf(Resolution answer) => answer switch
    {
        Resolution.NoInformation nothing => nothing.Reason switch
        {
            NoInformationReason.Unauthorized => Instruments.LookResult.Unauthorized,
            NoInformationReason.BadCredential => Instruments.LookResult.BadCredential,
            NoInformationReason.Denied => Instruments.LookResult.Denied,
            NoInformationReason.NotFound => Instruments.LookResult.NotFound,
            NoInformationReason.RateLimited => Instruments.LookResult.RateLimited,
            NoInformationReason.Resting => Instruments.LookResult.Resting,
            NoInformationReason.NotARegistry => Instruments.LookResult.NotARegistry,
            NoInformationReason.Refused => Instruments.LookResult.Refused,
            _ => Instruments.LookResult.Unavailable,
        },
        _ => Instruments.LookResult.Found,
    };
}
