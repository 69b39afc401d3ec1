using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using k8s.Models;
using Microsoft.AspNetCore.Http;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Kubernetes;
using RolloutOperator.Leadership;

namespace RolloutOperator.Tests.Leadership;

/// <summary>The part of an API server that has to do with one Lease, over real HTTP.</summary>
internal sealed class LeaseServer
{
    private const string Path = "/apis/coordination.k8s.io/v1/namespaces/shop/leases";

    private readonly Lock _lock = new();
    private readonly List<ChannelWriter<string>> _watches = [];
    private V1Lease? _lease;
    private int _version = 100;

    /// <summary>What every request is refused with, while it is not null.</summary>
    internal int? Refusal { get; set; }

    /// <summary>The holders, in order; empty for nobody.</summary>
    internal List<string> Holders { get; } = [];

    internal string? Holder
    {
        get
        {
            lock (_lock)
            {
                return _lease?.Holder;
            }
        }
    }

    internal void Put(string holder, int seconds = 15)
    {
        lock (_lock)
        {
            Put_NeedsLock(new() { Spec = new() { HolderIdentity = holder, LeaseDurationSeconds = seconds, RenewTime = DateTime.UnixEpoch.AddSeconds(_version) } });
        }
    }

    internal Task AnswerAsync(Loopback.Request request, HttpContext context) =>
        Refusal is { } code ? Loopback.StatusAsync(context, code, "Forbidden")
        : request.Method == "GET" && context.Request.Query.ContainsKey("watch") ? WatchAsync(context)
        : request.Method == "GET" ? JsonAsync(context, request.Path == Path ? List() : Get())
        : WriteAsync(request, context);

    private string List()
    {
        lock (_lock)
        {
            return $$$"""{"kind":"LeaseList","metadata":{"resourceVersion":"{{{_version}}}"},"items":[{{{(_lease is null ? "" : Text(_lease))}}}]}""";
        }
    }

    private string? Get()
    {
        lock (_lock)
        {
            return _lease is null ? null : Text(_lease);
        }
    }

    private Task WriteAsync(Loopback.Request request, HttpContext context)
    {
        using var body = JsonDocument.Parse(request.Body);
        var spec = body.RootElement.GetProperty("spec");
        lock (_lock)
        {
            var expected = request.Method == "POST" ? null : body.RootElement.GetProperty("metadata").GetProperty("resourceVersion").GetString();
            return expected != _lease?.Version
                ? Loopback.StatusAsync(context, 409, request.Method == "POST" ? "AlreadyExists" : "Conflict")
                : JsonAsync(context, Text(Put_NeedsLock(new()
                {
                    Spec = new()
                    {
                        HolderIdentity = spec.GetProperty("holderIdentity").GetString()!,
                        LeaseDurationSeconds = spec.GetProperty("leaseDurationSeconds").GetInt32(),
                        RenewTime = spec.GetProperty("renewTime").GetDateTime(),
                    },
                })));
        }
    }

    private V1Lease Put_NeedsLock(V1Lease lease)
    {
        if (Holders.LastOrDefault() != lease.Holder)
        {
            Holders.Add(lease.Holder);
        }

        _lease = lease with { Metadata = new() { ResourceVersion = $"{++_version}" } };
        foreach (var watch in _watches)
        {
            watch.TryWrite(Modified(_lease));
        }

        return _lease;
    }

    private async Task WatchAsync(HttpContext context)
    {
        var events = Channel.CreateUnbounded<string>();
        var since = int.Parse(context.Request.Query["resourceVersion"]!, CultureInfo.InvariantCulture);
        lock (_lock)
        {
            _watches.Add(events.Writer);
            if (_lease is not null && since < _version)
            {
                events.Writer.TryWrite(Modified(_lease));
            }
        }

        context.Response.ContentType = "application/json";
        await context.Response.StartAsync();
        await foreach (var line in events.Reader.ReadAllAsync(context.RequestAborted))
        {
            await context.Response.WriteAsync(line + "\n");
            await context.Response.Body.FlushAsync();
        }
    }

    private static Task JsonAsync(HttpContext context, string? body)
    {
        if (body is null)
        {
            return Loopback.StatusAsync(context, 404, "NotFound");
        }

        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body);
    }

    private static string Modified(V1Lease lease) => $$$"""{"type":"MODIFIED","object":{{{Text(lease)}}}}""";

    private static string Text(V1Lease lease) => $$$"""
        {"kind":"Lease","metadata":{"name":"operator","namespace":"shop","resourceVersion":"{{{lease.Version}}}"},"spec":{"holderIdentity":"{{{lease.Holder}}}","leaseDurationSeconds":{{{lease.DurationSeconds}}},"renewTime":"{{{lease.Spec.RenewTime:yyyy-MM-ddTHH:mm:ss.ffffffZ}}}"}}
        """.Trim();
}
