using System.Buffers;
using RolloutOperator.Kubernetes.Errors;

namespace RolloutOperator.Kubernetes.Reading;

/// <summary>A body in a pooled buffer.</summary>
internal sealed class PooledBody : IDisposable
{
    private byte[] _bytes;
    private int _length;

    private PooledBody(int size) => _bytes = ArrayPool<byte>.Shared.Rent(size);

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, _length);

    /// <summary>Reads to the end.</summary>
    /// <exception cref="MalformedResponseException">The body is longer than the limit.</exception>
    public static async Task<PooledBody> ReadAsync(HttpContent content, int limit, CancellationToken cancellationToken)
    {
        PooledBody body = await ReadBeginningAsync(content, limit + 1, cancellationToken).ConfigureAwait(false);
        if (body._length > limit)
        {
            body.Dispose();
            throw new MalformedResponseException($"it is longer than {limit >> 20} MiB");
        }

        return body;
    }

    /// <summary>Reads up to the limit and ignores the rest.</summary>
    public static async Task<PooledBody> ReadBeginningAsync(HttpContent content, int limit, CancellationToken cancellationToken)
    {
        // Content-Length avoids growing. Beyond the usual size of a page it is not trusted.
        var body = new PooledBody((int)Math.Clamp((content.Headers.ContentLength ?? 0) + 1, 16 << 10, 8 << 20));
        try
        {
            Stream stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                int count;
                do
                {
                    body.Grow();
                    count = await stream.ReadAsync(body._bytes.AsMemory(body._length, Math.Min(body._bytes.Length, limit) - body._length), cancellationToken).ConfigureAwait(false);
                    body._length += count;
                }
                while (count > 0 && body._length < limit);
            }

            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Return();
        _bytes = [];
        _length = 0;
    }

    private void Grow()
    {
        if (_length == _bytes.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(_length * 2);
            Span.CopyTo(larger);
            Return();
            _bytes = larger;
        }
    }

    // A body may be a Secret: it must not stay in the pool.
    private void Return()
    {
        if (_bytes.Length > 0)
        {
            Array.Clear(_bytes, 0, _length);
            ArrayPool<byte>.Shared.Return(_bytes);
        }
    }
}
