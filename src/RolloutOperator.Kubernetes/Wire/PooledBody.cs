using System.Buffers;

namespace RolloutOperator.Kubernetes.Wire;

/// <summary>A whole body in a pooled buffer.</summary>
internal sealed class PooledBody : IDisposable
{
    private byte[] _bytes;
    private int _length;

    private PooledBody(int size) => _bytes = ArrayPool<byte>.Shared.Rent(size);

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, _length);

    /// <summary>Reads to the end.</summary>
    /// <exception cref="MalformedAnswerException">The body is longer than the limit.</exception>
    public static async Task<PooledBody> ReadAsync(HttpContent content, int limit, CancellationToken cancellationToken)
    {
        // What is announced spares the growing; beyond a page's usual size it has to be seen to be believed.
        long announced = content.Headers.ContentLength ?? 0;
        var body = new PooledBody((int)Math.Clamp(announced + 1, 16 << 10, 8 << 20));
        try
        {
            Stream stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                while (await body.FillAsync(stream, limit, cancellationToken).ConfigureAwait(false))
                {
                    // Each turn has taken what was there.
                }
            }

            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>Reads up to the limit and leaves the rest: an explanation does not need its end.</summary>
    public static async Task<PooledBody> ReadBeginningAsync(HttpContent content, int limit, CancellationToken cancellationToken)
    {
        var body = new PooledBody(limit);
        try
        {
            Stream stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                body._length = await stream.ReadAtLeastAsync(body._bytes.AsMemory(0, limit), limit, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
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
        GiveBack();
        _bytes = [];
        _length = 0;
    }

    // A body may be a Secret: nothing of it stays behind in the pool.
    private void GiveBack()
    {
        if (_bytes.Length > 0)
        {
            Array.Clear(_bytes, 0, _length);
            ArrayPool<byte>.Shared.Return(_bytes);
        }
    }

    private async ValueTask<bool> FillAsync(Stream stream, int limit, CancellationToken cancellationToken)
    {
        if (_length == _bytes.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(_length * 2);
            Span.CopyTo(larger);
            GiveBack();
            _bytes = larger;
        }

        int count = await stream.ReadAsync(_bytes.AsMemory(_length), cancellationToken).ConfigureAwait(false);
        _length += count;
        return _length > limit ? throw new MalformedAnswerException($"it is longer than {limit >> 20} MiB") : count > 0;
    }
}
