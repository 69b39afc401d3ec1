using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Tests.Output;

public class ScreenTests
{
    [Fact]
    public async Task Draws_from_the_top_and_leaves_nothing_of_what_was_there() =>
        Assert.Equal("\e[Hone\e[K\r\ntwo\e[K\r\n\e[J", await DrawnAsync(80, 24, "one", "two"));

    [Fact]
    public async Task Counts_the_lines_that_do_not_fit() =>
        Assert.Equal("\e[H1\e[K\r\n2\e[K\r\n… and 3 more lines\e[K\r\n\e[J", await DrawnAsync(80, 4, "1", "2", "3", "4", "5"));

    [Fact]
    public async Task Cuts_long_lines_and_keeps_the_end_of_a_colour() =>
        Assert.Equal("\e[Hab\e[31mcd\e[0m\e[K\r\n\e[J", await DrawnAsync(4, 24, "ab\e[31mcdef\e[0mgh"));

    private static async Task<string> DrawnAsync(int columns, int lines, params string[] text)
    {
        using var output = new StringWriter();
        await new Screen(output, () => (columns, lines)).DrawAsync(text);
        return output.ToString();
    }
}
