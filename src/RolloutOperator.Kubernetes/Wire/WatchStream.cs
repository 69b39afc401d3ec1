using System.Runtime.CompilerServices;
using System.Text.Json;

namespace RolloutOperator.Kubernetes.Wire;

/// <summary>Reads a watch from its opening to its end.</summary>
internal static class WatchStream
{
    /// <summary>A watch frame is one object; etcd keeps none above 1.5 MiB, aggregated servers may.</summary>
    private const int MaxFrame = 16 << 20;

    // The server ends the watch at its timeout. What has not ended by then plus the slowest goodbye is dead.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(15);

    public static async IAsyncEnumerable<WatchEvent<T>> ReadAsync<T>(Sender sender, Func<HttpRequestMessage> build, TimeSpan timeout, ObjectReader<T> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        TimeSpan limit = timeout + Margin;
        using HttpRequestMessage name = build();
        using HttpResponseMessage response = await sender.SendAsync(build, limit, AcceptAsync, cancellationToken).ConfigureAwait(false);
        using var silence = new CancellationTokenSource(limit, sender.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        Stream stream = await response.Content.ReadAsStreamAsync(either.Token).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable closing = stream.ConfigureAwait(false);
        using var buffer = new FrameBuffer(MaxFrame);
        while (true)
        {
            while (TryNext(buffer, read, sender, name, out WatchEvent<T> next))
            {
                yield return next;
            }

            // Only the server's silence counts, not the time that our own reader takes.
            silence.CancelAfter(limit);
            int count = await FillAsync(stream, buffer, sender, name, limit, silence, either.Token, cancellationToken).ConfigureAwait(false);
            silence.CancelAfter(Timeout.InfiniteTimeSpan);
            if (count == 0)
            {
                RequireWhole(buffer, sender, name);
                yield break;
            }
        }
    }

    private static async Task<HttpResponseMessage> AcceptAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            await AnswerKind.RequireJsonAsync(response, cancellationToken).ConfigureAwait(false);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private static bool TryNext<T>(FrameBuffer buffer, ObjectReader<T> read, Sender sender, HttpRequestMessage name, out WatchEvent<T> next)
    {
        while (buffer.TryTakeLine(out ReadOnlySpan<byte> line))
        {
            if (line.IsEmpty)
            {
                continue;
            }

            WatchFrame.Frame<T> frame = Parse(line, read, sender, name);
            next = frame.Event;
            return frame.Error is null ? true : throw Refused(frame.Error, name);
        }

        next = default;
        return false;
    }

    private static WatchFrame.Frame<T> Parse<T>(ReadOnlySpan<byte> line, ObjectReader<T> read, Sender sender, HttpRequestMessage name)
    {
        try
        {
            return WatchFrame.Read(line, read);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw sender.Fault(AnswerKind.Malformed(e), name);
        }
        catch (MalformedAnswerException e)
        {
            throw sender.Fault(e, name);
        }
    }

    private static async ValueTask<int> FillAsync(
        Stream stream, FrameBuffer buffer, Sender sender, HttpRequestMessage name, TimeSpan limit, CancellationTokenSource silence, CancellationToken either, CancellationToken cancellationToken)
    {
        try
        {
            int count = await stream.ReadAsync(buffer.Space(), either).ConfigureAwait(false);
            buffer.Advance(count);
            return count;
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception e) when (TransportFault.Covers(e) || e is ObjectDisposedException)
        {
            throw silence.IsCancellationRequested ? sender.Silent(name, limit) : sender.Fault(e, name);
        }
    }

    // A line without its end was cut off. Even if it parses, the one who cut it may have cut more.
    private static void RequireWhole(FrameBuffer buffer, Sender sender, HttpRequestMessage name)
    {
        if (buffer.Rest.ContainsAnyExcept("\r\n \t"u8))
        {
            throw sender.Fault(new EndOfStreamException("The stream ended inside an event."), name);
        }
    }

    private static KubeApiException Refused(KubeStatus status, HttpRequestMessage name) => new(
        RequestName.Verb(name),
        RequestName.Path(name),
        status,
        status.RetryAfterSeconds is > 0 ? TimeSpan.FromSeconds(status.RetryAfterSeconds.Value) : null);
}
