using System.CommandLine;
using System.Net;
using RolloutOperator.Cli;

namespace RolloutOperator.Tests.Cli;

public sealed class ImagesCommandTests
{
    [Fact]
    public async Task It_shows_a_table()
    {
        var (code, said) = await RunAsync("""
            {"leads":true,"images":[
              {"image":"example.com/shop/web:latest","digest":"sha256:aa","lookedAt":"2026-01-02T03:04:05.678+00:00","dueAt":"2026-01-02T03:09:05+00:00","problem":null,"workloads":12},
              {"image":"example.com/a:1","digest":null,"lookedAt":null,"dueAt":null,"problem":"was not found","workloads":1}]}
            """);
        Assert.Equal(0, code);
        Assert.Equal(
            """
            IMAGE                        DIGEST     LOOKED AT             NEXT LOOK             WORKLOADS  PROBLEM
            example.com/shop/web:latest  sha256:aa  2026-01-02T03:04:05Z  2026-01-02T03:09:05Z  12         -
            example.com/a:1              -          -                     -                     1          was not found

            """,
            said);
    }

    [Theory]
    [InlineData("""{"leads":false,"images":[]}""", 0, "it does not lead")]
    [InlineData("<html>", 1, "that is not what an operator says of images")]
    [InlineData("""{"leads":true,"images":[{"image":7}]}""", 1, "that is not what an operator says of images")]
    public async Task It_says_what_is_the_matter(string answer, int code, string expected)
    {
        var (ended, said) = await RunAsync(answer);
        Assert.Equal(code, ended);
        Assert.Contains(expected, said, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Said)> RunAsync(string answer)
    {
        await using var server = await Loopback.StartAsync();
        server.Answer = async (_, context) =>
        {
            context.Response.StatusCode = (int)HttpStatusCode.OK;
            await context.Response.BodyWriter.WriteAsync(System.Text.Encoding.UTF8.GetBytes(answer));
        };
        using var said = new StringWriter { NewLine = "\n" };
        var code = await new RootCommand { ImagesCommand.Build() }.Parse(["images", server.Url + "images"]).InvokeAsync(new() { Output = said, Error = said });
        return (code, said.ToString());
    }
}
