using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Tests.Lead;

/// <summary>The part of an API server that has to do with one Lease, over real HTTP.</summary>
internal sealed class LeaseServer
{
    private const string Path = "/apis/coordination.k8s.io/v1/namespaces/shop/leases";

    private readonly Lock _lock = new();
    private readonly List<ChannelWriter<string>> _watches = [];
    private KubeLease? _lease;
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
            Put_NeedsLock(new() { ResourceVersion = "", Holder = holder, DurationSeconds = seconds, RenewTime = $"{_version}" });
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
            return expected != _lease?.ResourceVersion
                ? Loopback.StatusAsync(context, 409, request.Method == "POST" ? "AlreadyExists" : "Conflict")
                : JsonAsync(context, Text(Put_NeedsLock(new()
                {
                    ResourceVersion = "",
                    Holder = spec.GetProperty("holderIdentity").GetString()!,
                    DurationSeconds = spec.GetProperty("leaseDurationSeconds").GetInt32(),
                    RenewTime = spec.GetProperty("renewTime").GetString(),
                })));
        }
    }

    private KubeLease Put_NeedsLock(KubeLease lease)
    {
        if (Holders.LastOrDefault() != lease.Holder)
        {
            Holders.Add(lease.Holder);
        }

        _lease = lease with { ResourceVersion = $"{++_version}" };
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

    private static string Modified(KubeLease lease) => $$$"""{"type":"MODIFIED","object":{{{Text(lease)}}}}""";

    private static string Text(KubeLease lease) => $$$"""
        {"metadata":{"name":"operator","resourceVersion":"{{{lease.ResourceVersion}}}"},"spec":{"holderIdentity":"{{{lease.Holder}}}","leaseDurationSeconds":{{{lease.DurationSeconds}}},"renewTime":"{{{lease.RenewTime}}}"}}
        """.Trim();
}
