using System.Text;
using RolloutOperator.Kubernetes.Errors;
using RolloutOperator.Kubernetes.Reading;
using RolloutOperator.Kubernetes.Watching;

namespace RolloutOperator.Kubernetes.Tests;

public class PooledBufferTests
{
    private const string Stream = "{\"a\":1}\n\r\n{\"b\":\"ü€😀\"}\r\n\n{\"c\":[3]}\n";

    [Fact]
    public void Lines_are_the_same_wherever_the_stream_is_split()
    {
        byte[] bytes = Stream.Utf8();
        string[] whole = Lines(bytes);
        Assert.Equal(["{\"a\":1}", "", "{\"b\":\"ü€😀\"}", "", "{\"c\":[3]}"], whole);
        for (int first = 0; first <= bytes.Length; first++)
        {
            for (int second = first; second <= bytes.Length; second++)
            {
                Assert.Equal(whole, Lines(bytes[..first], bytes[first..second], bytes[second..]));
            }
        }
    }

    [Fact]
    public void A_line_of_a_mebibyte_is_read_whole_and_so_is_the_next()
    {
        string large = new('x', 1 << 20);
        byte[] bytes = $"short\n{large}\nlast\n".Utf8();
        Assert.Equal(["short", large, "last"], Lines(bytes.Chunk(1000).ToArray()));
        Assert.Equal(["short", large, "last"], Lines(bytes));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(5000)]
    [InlineData(int.MaxValue)]
    public void Lines_across_the_end_of_the_buffer_are_read_whole(int read)
    {
        string[] lines = [.. Enumerable.Range(0, 1000).Select(i => new string((char)('a' + (i % 26)), i * 7919 % 4099))];
        byte[] bytes = (string.Join('\n', lines) + "\n").Utf8();
        Assert.Equal(lines, Lines([.. bytes.Chunk(Math.Min(read, bytes.Length))]));
    }

    [Fact]
    public void A_line_beyond_the_limit_is_refused()
    {
        using var buffer = new PooledBuffer("one event", 1 << 20);
        var failure = Assert.Throws<MalformedResponseException>(() =>
        {
            for (int read = 0; read < 1000; read++)
            {
                Memory<byte> space = buffer.Space();
                space.Span.Fill((byte)'x');
                buffer.Advance(space.Length);
                Assert.False(buffer.TryTakeLine(out _));
            }
        });
        Assert.Equal("one event is longer than 1 MiB", failure.Message);
    }

    [Fact]
    public void An_incomplete_line_is_the_rest()
    {
        using var buffer = new PooledBuffer("one event", 1 << 20);
        Fill(buffer, "one\ntw"u8);
        Assert.True(buffer.TryTakeLine(out _));
        Assert.False(buffer.TryTakeLine(out _));
        Assert.Equal("tw", Encoding.UTF8.GetString(buffer.Rest));
    }

    [Trait("Invariant", "I12")]
    [Fact]
    public void An_event_that_is_dropped_allocates_nothing()
    {
        byte[] frame = ("""{"type":"MODIFIED","object":{"kind":"ConfigMap","metadata":{"name":"a","resourceVersion":"17","labels":{"x":"y"}},"data":{"k":" """ + new string('v', 4000) + "\"}}}\n").Utf8();
        using var buffer = new PooledBuffer("one event", 1 << 20);
        ObjectReader<int> drop = Answers.Drop;
        Assert.Equal(1, ReadOne(buffer, frame, drop));
        long before = GC.GetAllocatedBytesForCurrentThread();
        int read = 0;
        for (int i = 0; i < 10_000; i++)
        {
            read += ReadOne(buffer, frame, drop);
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(10_000, read);
        TestContext.Current.TestOutputHelper!.WriteLine($"{allocated / 10_000.0} bytes per event");
        Assert.InRange(allocated, 0, 10_000);
    }

    private static int ReadOne(PooledBuffer buffer, ReadOnlySpan<byte> frame, ObjectReader<int> read)
    {
        Fill(buffer, frame);
        return buffer.TryTakeLine(out ReadOnlySpan<byte> line) ? WatchFrame.Read(line, read).Event.Object : 0;
    }

    private static void Fill(PooledBuffer buffer, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            Memory<byte> space = buffer.Space();
            int count = Math.Min(space.Length, bytes.Length);
            bytes[..count].CopyTo(space.Span);
            buffer.Advance(count);
            bytes = bytes[count..];
        }
    }

    private static string[] Lines(params byte[][] reads)
    {
        using var buffer = new PooledBuffer("one event", 4 << 20);
        var lines = new List<string>();
        foreach (byte[] read in reads)
        {
            for (int at = 0; at < read.Length;)
            {
                Memory<byte> space = buffer.Space();
                int count = Math.Min(space.Length, read.Length - at);
                read.AsMemory(at, count).CopyTo(space);
                buffer.Advance(count);
                at += count;
                while (buffer.TryTakeLine(out ReadOnlySpan<byte> line))
                {
                    lines.Add(Encoding.UTF8.GetString(line));
                }
            }
        }

        Assert.True(buffer.Rest.IsEmpty);
        return [.. lines];
    }
}
