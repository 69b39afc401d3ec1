using System.Runtime.CompilerServices;
using System.Text.Json;
using RolloutOperator.Kubernetes.Errors;
using RolloutOperator.Kubernetes.Reading;
using RolloutOperator.Kubernetes.Requests;
using RolloutOperator.Kubernetes.Transport;

namespace RolloutOperator.Kubernetes.Watching;

/// <summary>Reads a watch from its start to its end.</summary>
internal static class WatchStream
{
    /// <summary>A frame holds one object. etcd stores none above 1.5 MiB, aggregated servers may.</summary>
    private const int MaxFrame = 16 << 20;

    // The server ends the watch at its timeout. One that is still open after this margin is dead.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(15);

    // A server that has sent a bookmark on a watch sends one each minute.
    private static readonly TimeSpan AfterBookmark = TimeSpan.FromMinutes(2);

    public static async IAsyncEnumerable<WatchEvent<T>> ReadAsync<T>(Sender sender, Func<HttpRequestMessage> build, WatchOptions options, ObjectReader<T> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        TimeSpan limit = options.Timeout + Margin;
        using HttpRequestMessage name = build();

        // Some proxies pass the beginning of the answer on with the first event only.
        using HttpResponseMessage response = await sender.SendAsync(build, limit, AcceptAsync, cancellationToken).ConfigureAwait(false);
        options.Accepted?.Invoke();
        using var silence = new CancellationTokenSource(limit, sender.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        Stream stream = await response.Content.ReadAsStreamAsync(either.Token).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable closing = stream.ConfigureAwait(false);
        using var buffer = new PooledBuffer("one event", MaxFrame);
        while (true)
        {
            while (TryNext(buffer, read, sender, name, out WatchEvent<T> next))
            {
                limit = next.Type == WatchEventType.Bookmark && AfterBookmark < limit ? AfterBookmark : limit;
                yield return next;
            }

            // Only the server's silence counts, not the time that the caller takes.
            silence.CancelAfter(limit);
            int count;
            try
            {
                count = await stream.ReadAsync(buffer.Space(), either.Token).ConfigureAwait(false);
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancellationToken);
            }
            catch (Exception e) when (TransportFault.Covers(e) || e is ObjectDisposedException)
            {
                throw silence.IsCancellationRequested ? sender.TimedOut(name, limit) : sender.Fault(e, name);
            }

            silence.CancelAfter(Timeout.InfiniteTimeSpan);
            buffer.Advance(count);
            if (count == 0)
            {
                // A line without its end was cut off. Even if it parses, more may be missing.
                if (buffer.Rest.ContainsAnyExcept("\r\n \t"u8))
                {
                    throw sender.Fault(new EndOfStreamException("The stream ended inside an event."), name);
                }

                yield break;
            }
        }
    }

    private static async Task<HttpResponseMessage> AcceptAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            await ErrorResponse.RequireJsonAsync(response, cancellationToken).ConfigureAwait(false);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private static bool TryNext<T>(PooledBuffer buffer, ObjectReader<T> read, Sender sender, HttpRequestMessage name, out WatchEvent<T> next)
    {
        while (buffer.TryTakeLine(out ReadOnlySpan<byte> line))
        {
            if (line.IsEmpty)
            {
                continue;
            }

            WatchFrame.Frame<T> frame;
            try
            {
                frame = WatchFrame.Read(line, read);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or MalformedResponseException)
            {
                throw sender.Fault(MalformedResponseException.From(e), name);
            }

            next = frame.Event;
            return frame.Error is null
                ? true
                : throw new KubeApiException(KubeRequest.VerbOf(name), KubeRequest.PathOf(name), frame.Error, ErrorResponse.RetryAfter(frame.Error));
        }

        next = default;
        return false;
    }
}
