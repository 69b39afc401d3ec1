using System.Buffers;
using RolloutOperator.Kubernetes.Errors;

namespace RolloutOperator.Kubernetes.Watching;

/// <summary>Splits a stream into lines, in one pooled buffer that grows to the longest line, up to the limit.</summary>
internal sealed class FrameBuffer(int limit) : IDisposable
{
    private const int Smallest = 16 << 10;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(Smallest);
    private int _start;
    private int _end;

    // There is no line break before this position: a long line is not searched again from its start after each read.
    private int _searched;

    /// <summary>The bytes of an incomplete line.</summary>
    public ReadOnlySpan<byte> Rest => _bytes.AsSpan(_start, _end - _start);

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
    /// <exception cref="MalformedResponseException">The line is longer than the limit.</exception>
    public Memory<byte> Space()
    {
        if (_start == _end)
        {
            Shrink();
            _start = _end = _searched = 0;
        }
        else if (_end == _bytes.Length)
        {
            MakeRoom();
        }

        return _bytes.AsMemory(_end);
    }

    public void Advance(int count) => _end += count;

    public void Dispose()
    {
        byte[] bytes = _bytes;
        _bytes = [];
        _start = _end = _searched = 0;
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    // A single huge object must not keep its buffer for the rest of the watch.
    private void Shrink()
    {
        if (_bytes.Length > 16 * Smallest)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = ArrayPool<byte>.Shared.Rent(Smallest);
        }
    }

    private void MakeRoom()
    {
        int kept = _end - _start;
        if (kept >= limit)
        {
            throw new MalformedResponseException($"one event is longer than {limit >> 20} MiB");
        }

        // Half empty: it is enough to move the line to the front.
        if (kept <= _bytes.Length / 2)
        {
            _bytes.AsSpan(_start, kept).CopyTo(_bytes);
        }
        else
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, Smallest));
            _bytes.AsSpan(_start, kept).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }

        _searched -= _start;
        _start = 0;
        _end = kept;
    }
}
