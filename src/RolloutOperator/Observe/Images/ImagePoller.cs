using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RolloutOperator.Registry;

namespace RolloutOperator.Observe.Images;

/// <summary>
/// The one writer of the images: takes the news and begins the looks that are due. Looks are made while this process
/// leads, and by nobody else: a standby would only double what registries are asked.
/// </summary>
internal sealed class ImagePoller
{
    private readonly Channel<ImageNews> _news = Channel.CreateUnbounded<ImageNews>(new() { SingleReader = true });
    private readonly ImageBook _book;
    private readonly RegistryClient _registries;
    private readonly PurseReader _reader;
    private readonly Action<Resolution, string> _count;
    private readonly TimeProvider _time;
    private readonly ILogger<ImagePoller> _log;
    private readonly long _start;
    private CancellationToken _stopping;
    private int _watched;
    private int _flapping;

    /// <param name="store">Takes what is known.</param>
    /// <param name="interest">The names of which bells ring.</param>
    /// <param name="registries">Asks the registries.</param>
    /// <param name="reader">Reads credentials.</param>
    /// <param name="pace">How often to look.</param>
    /// <param name="changed">Hears of each claim about which something else is known now.</param>
    /// <param name="count">Hears of each look, with its registry.</param>
    /// <param name="time">The clock.</param>
    /// <param name="chance">From 0 to 1: spreads looks.</param>
    /// <param name="log">Names what should not happen.</param>
    public ImagePoller(
        ImageStore store,
        Interest interest,
        RegistryClient registries,
        PurseReader reader,
        ImagePace pace,
        Action<ImageClaim> changed,
        Action<Resolution, string> count,
        TimeProvider time,
        Func<double> chance,
        ILogger<ImagePoller> log)
    {
        (_registries, _reader, _count, _time, _log) = (registries, reader, count, time, log);
        _start = time.GetTimestamp();
        _book = new(store, new PurseBook(interest, Open, pace), registries.IdentityFor, registries.Forgive, Look, changed, pace, chance);
    }

    /// <summary>Where it is told what happens.</summary>
    public ChannelWriter<ImageNews> News => _news.Writer;

    /// <summary>How many tags are looked at.</summary>
    public int Watched => Volatile.Read(ref _watched);

    /// <summary>How many of them went to and fro.</summary>
    public int Flapping => Volatile.Read(ref _flapping);

    private TimeSpan Now => _time.GetElapsedTime(_start);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _stopping = cancellationToken;
        while (!cancellationToken.IsCancellationRequested)
        {
            await Alarm.WaitAsync(_news.Reader, _book.Next - Now, _time, cancellationToken);
            while (_news.Reader.TryRead(out var news))
            {
                _book.Take(news, Now);
            }

            _book.LookAtDue(Now);
            Volatile.Write(ref _watched, _book.Count);
            Volatile.Write(ref _flapping, _book.Flapping);
        }
    }

    /// <summary>Looks are made until this is cancelled.</summary>
    public async Task LeadAsync(CancellationToken stopping)
    {
        News.TryWrite(new ImageNews.Leads(true));
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, stopping);
        }
        catch (OperationCanceledException)
        {
            // The term is over.
        }
        finally
        {
            News.TryWrite(new ImageNews.Leads(false));
        }
    }

    // The leaf bounds how many are under way, for each registry and in all: a slow one keeps only its own looks waiting.
    private void Look(Tag tag, int term) => _ = LookAsync(tag, term, _stopping);

    private async Task LookAsync(Tag tag, int term, CancellationToken cancellationToken)
    {
        Resolution answer;
        try
        {
            answer = await Task.Run(() => _registries.ResolveAsync(tag.Reference, tag.Keyring, cancellationToken), cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e)
        {
            // One image's defect must not end the looks at all others.
            _log.LookFailed(e, tag.Name.Reference);
            answer = new Resolution.NoInformation(NoInformationReason.Unavailable, "could not be looked at");
        }

        _count(answer, tag.Reference.Domain);
        News.TryWrite(new ImageNews.Answered(tag, term, answer));
    }

    private void Open(Purse purse) => _ = OpenAsync(purse, _stopping);

    private async Task OpenAsync(Purse purse, CancellationToken cancellationToken)
    {
        try
        {
            News.TryWrite(new ImageNews.Opened(purse, await _reader.ReadAsync(purse.Name, cancellationToken)));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The program ends.
        }
    }
}
