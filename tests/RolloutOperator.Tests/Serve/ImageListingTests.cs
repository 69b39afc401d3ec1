using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using RolloutOperator.Serve;

namespace RolloutOperator.Tests.Serve;

public sealed class ImageListingTests
{
    [Theory]
    [InlineData("127.0.0.1", 200, "[]")]
    [InlineData("::1", 200, "[]")]
    [InlineData("::ffff:127.0.0.1", 200, "[]")]
    [InlineData("10.0.0.7", 403, "")]
    [InlineData("::ffff:10.0.0.7", 403, "")]
    [InlineData(null, 403, "")]
    public async Task Only_who_asks_from_inside_the_pod_is_told(string? asker, int status, string expected)
    {
        var listing = new ImageListing { Source = _ => Task.FromResult("[]"u8.ToArray()) };
        var body = new MemoryStream();
        var context = new DefaultHttpContext { Response = { Body = body } };
        context.Connection.RemoteIpAddress = asker is null ? null : IPAddress.Parse(asker);
        await listing.HandleAsync(context);
        Assert.Equal((status, expected), (context.Response.StatusCode, Encoding.UTF8.GetString(body.ToArray())));
    }

    [Fact]
    public async Task What_takes_too_long_is_unavailable()
    {
        var listing = new ImageListing { Source = _ => Task.FromCanceled<byte[]>(new(canceled: true)) };
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Loopback;
        await listing.HandleAsync(context);
        Assert.Equal(503, context.Response.StatusCode);
    }
}
