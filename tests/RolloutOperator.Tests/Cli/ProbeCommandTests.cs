using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using RolloutOperator.Cli;

namespace RolloutOperator.Tests.Cli;

public class ProbeCommandTests
{
    [Fact]
    public async Task A_probe_that_answers_with_200_is_shown_and_succeeds()
    {
        await using var server = await Loopback.StartAsync();
        var (code, output, _) = await ProbeAsync(server.Url + "readyz?verbose");
        Assert.Equal((int)ExitCode.Success, code);
        Assert.Equal("{}", output.Trim());
    }

    [Fact]
    public async Task Another_answer_fails_and_is_shown()
    {
        await using var server = await Loopback.StartAsync();
        server.Answer = (_, context) => NotReadyAsync(context);
        var (code, _, errors) = await ProbeAsync(server.Url + "readyz");
        Assert.Equal((int)ExitCode.Failure, code);
        Assert.Contains("503 [-] secrets", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_asks_again_for_as_long_as_it_may()
    {
        await using var server = await Loopback.StartAsync();
        var asked = 0;
        server.Answer = (_, context) => Interlocked.Increment(ref asked) == 1 ? NotReadyAsync(context) : Loopback.AcceptAsync(context);
        var (code, _, _) = await ProbeAsync(server.Url + "readyz", "--for", "1m");
        Assert.Equal((int)ExitCode.Success, code);
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task Nobody_there_fails()
    {
        // Taken, so that nobody else listens there.
        using var nobody = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        nobody.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var url = $"http://127.0.0.1:{((IPEndPoint)nobody.LocalEndPoint!).Port}/";
        var (code, _, errors) = await ProbeAsync(url + "readyz");
        Assert.Equal((int)ExitCode.Failure, code);
        Assert.StartsWith("rollout-operator: " + url, errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("readyz")]
    [InlineData("ftp://localhost/readyz")]
    public void Only_a_web_address_can_be_asked(string url) => Assert.Single(Probe(url).Errors);

    private static async Task<(int Code, string Output, string Errors)> ProbeAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var code = await Probe(arguments).InvokeAsync(new InvocationConfiguration { Output = output, Error = errors });
        return (code, output.ToString(), errors.ToString());
    }

    private static ParseResult Probe(params string[] arguments) => ProbeCommand.Build().Parse(arguments);

    private static Task NotReadyAsync(HttpContext context)
    {
        context.Response.StatusCode = 503;
        return context.Response.WriteAsync("[-] secrets");
    }
}
