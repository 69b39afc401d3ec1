using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>Receives traces as a collector does (OTLP over HTTP, protobuf), and reads the parts that tests check.</summary>
internal sealed class TraceCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<byte[]> _bodies = [];

    private TraceCollector()
    {
        _app = LoopbackHost.CreateBuilder().Build();
        _app.MapPost("/v1/traces", TakeAsync);
    }

    /// <summary>One span of a trace.</summary>
    internal sealed record Span(string Trace, string Id, string Parent, string Name, ulong Began, ulong Ended, IReadOnlyDictionary<string, string> Tags);

    public string Address => _app.Urls.Single();

    /// <summary>All requests, undecoded.</summary>
    public IEnumerable<byte[]> Bodies => _bodies;

    public Span[] Spans =>
    [
        .. from body in _bodies
           from resource in Parts(body, 1)
           from scope in Parts(resource, 2)
           from span in Parts(scope, 2)
           select Read(span),
    ];

    public static async Task<TraceCollector> StartAsync()
    {
        var collector = new TraceCollector();
        await collector._app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        _bodies.Enqueue(body.ToArray());
        context.Response.ContentType = "application/x-protobuf";
    }

    // The numbers of the fields are those of opentelemetry/proto/trace/v1/trace.proto.
    private static Span Read(byte[] span) => new(
        Convert.ToHexStringLower(Parts(span, 1).Single()),
        Convert.ToHexStringLower(Parts(span, 2).Single()),
        Convert.ToHexStringLower(Parts(span, 4).SingleOrDefault() ?? []),
        Text(span, 5),
        BinaryPrimitives.ReadUInt64LittleEndian(Parts(span, 7).Single()),
        BinaryPrimitives.ReadUInt64LittleEndian(Parts(span, 8).Single()),
        Parts(span, 9).ToDictionary(tag => Text(tag, 1), tag => Text(Parts(tag, 2).Single(), 1)));

    private static string Text(byte[] message, int field) => Encoding.UTF8.GetString(Parts(message, field).FirstOrDefault() ?? []);

    // The values of a field in a protobuf message; a varint counts as empty.
    private static IEnumerable<byte[]> Parts(byte[] message, int field)
    {
        for (var at = 0; at < message.Length;)
        {
            var key = Varint(message, ref at);
            var length = (key & 7) switch
            {
                0 => Skip(message, ref at),
                1 => 8,
                2 => (int)Varint(message, ref at),
                5 => 4,
                _ => throw new InvalidDataException($"Wire type {key & 7} at {at}."),
            };
            if (key >> 3 == (ulong)field)
            {
                yield return message[at..(at + length)];
            }

            at += length;
        }
    }

    private static int Skip(byte[] message, ref int at)
    {
        Varint(message, ref at);
        return 0;
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = message[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
