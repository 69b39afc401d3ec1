using System.Buffers;
using RolloutOperator.Kubernetes.Errors;

namespace RolloutOperator.Kubernetes.Reading;

/// <summary>A pooled buffer for one response. It grows to the longest body or line, up to the limit, and is cleared before it is returned to the pool: it may hold a Secret.</summary>
/// <param name="what">The content, for the error about the limit.</param>
/// <param name="limit">In bytes.</param>
/// <param name="size">The size to begin with, in bytes.</param>
internal sealed class PooledBuffer(string what, int limit, int size = PooledBuffer.Smallest) : IDisposable
{
    private const int Smallest = 16 << 10;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(size);
    private int _start;
    private int _end;

    // There is no line break before this position: a long line is not searched again from its start after each read.
    private int _searched;

    /// <summary>The bytes that have not been taken: a whole body, or an incomplete line.</summary>
    public ReadOnlySpan<byte> Rest => _bytes.AsSpan(_start, _end - _start);

    /// <summary>Reads a body to its end.</summary>
    /// <exception cref="MalformedResponseException">The body is longer than the limit.</exception>
    public static Task<PooledBuffer> ReadAsync(HttpContent content, int limit, CancellationToken cancellationToken) =>
        ReadAsync(content, limit, int.MaxValue, cancellationToken);

    /// <summary>Reads the beginning of a body and ignores the rest.</summary>
    public static Task<PooledBuffer> ReadBeginningAsync(HttpContent content, int length, CancellationToken cancellationToken) =>
        ReadAsync(content, int.MaxValue, length, cancellationToken);

    /// <summary>Takes the next complete line, without its line break. The span is valid until the next <see cref="Space"/>.</summary>
    public bool TryTakeLine(out ReadOnlySpan<byte> line)
    {
        int at = _bytes.AsSpan(_searched, _end - _searched).IndexOf((byte)'\n');
        if (at < 0)
        {
            _searched = _end;
            line = default;
            return false;
        }

        at += _searched;
        line = _bytes.AsSpan(_start, at - _start);
        if (line.EndsWith("\r"u8))
        {
            line = line[..^1];
        }

        _start = _searched = at + 1;
        return true;
    }

    /// <summary>Room for the next read, never empty.</summary>
    /// <exception cref="MalformedResponseException">The line or the body is longer than the limit.</exception>
    public Memory<byte> Space()
    {
        int kept = _end - _start;
        if (kept == 0)
        {
            // A single huge object must not keep its buffer for the rest of the watch.
            if (_bytes.Length > 16 * Smallest && _end > 0)
            {
                Replace(ArrayPool<byte>.Shared.Rent(Smallest));
            }

            _start = _end = _searched = 0;
        }
        else if (_end == _bytes.Length)
        {
            if (kept >= limit)
            {
                throw new MalformedResponseException($"{what} is longer than {limit >> 20} MiB");
            }

            // If it is half empty, it is enough to move the line to the front.
            byte[] target = kept <= _bytes.Length / 2 ? _bytes : ArrayPool<byte>.Shared.Rent(_bytes.Length * 2);
            Rest.CopyTo(target);
            Replace(target);
            (_start, _end, _searched) = (0, kept, _searched - _start);
        }

        return _bytes.AsMemory(_end);
    }

    public void Advance(int count) => _end += count;

    public void Dispose()
    {
        Replace([]);
        _start = _end = _searched = 0;
    }

    private static async Task<PooledBuffer> ReadAsync(HttpContent content, int limit, int length, CancellationToken cancellationToken)
    {
        // Content-Length avoids growing. Beyond the usual size of a page it is not trusted.
        var buffer = new PooledBuffer("it", limit, (int)Math.Clamp((content.Headers.ContentLength ?? 0) + 1, Smallest, Math.Min(length, 8 << 20)));
        try
        {
            Stream stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                int count;
                do
                {
                    count = await stream.ReadAsync(buffer.Space(), cancellationToken).ConfigureAwait(false);
                    buffer.Advance(count);
                }
                while (count > 0 && buffer._end < length);
            }

            return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    private void Replace(byte[] bytes)
    {
        byte[] old = _bytes;
        _bytes = bytes;
        if (old.Length > 0 && old != bytes)
        {
            ArrayPool<byte>.Shared.Return(old, clearArray: true);
        }
    }
}
