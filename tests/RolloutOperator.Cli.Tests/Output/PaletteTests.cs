using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Tests.Output;

public class PaletteTests
{
    [Theory]
    [InlineData(true, null, "xterm-256color", true)]
    [InlineData(true, "", "xterm", true)]
    [InlineData(false, null, "xterm", false)]
    [InlineData(true, "1", "xterm", false)]
    [InlineData(true, null, "dumb", false)]
    public void Only_a_terminal_gets_colours(bool isTerminal, string? noColor, string? term, bool expected) =>
        Assert.Equal(expected, Palette.IsWanted(isTerminal, name => name switch { "NO_COLOR" => noColor, "TERM" => term, _ => "" }));

    [Theory]
    [InlineData("Failed", "\e[31mFailed\e[0m")]
    [InlineData("Held", "\e[33mHeld\e[0m")]
    [InlineData("UpToDate", "\e[32mUpToDate\e[0m")]
    [InlineData("Rolling", "Rolling")]
    [InlineData("held", "held")]
    public void A_state_has_a_colour(string word, string expected) => Assert.Equal(expected, new Palette(isOn: true).Paint(word));

    [Fact]
    public async Task Colours_do_not_move_columns()
    {
        Assert.Equal("NAME  STATE    REASON\na     \e[31mBlocked\e[0m  x\nb     \e[33mHeld   \e[0m  y\n", await TableAsync(isOn: true));
        Assert.Equal("NAME  STATE    REASON\na     Blocked  x\nb     Held     y\n", await TableAsync(isOn: false));
    }

    [Fact]
    public void What_is_no_terminal_gets_none() => Assert.Equal("Failed", Palette.Of(new StringWriter()).Paint("Failed"));

    private static async Task<string> TableAsync(bool isOn)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var table = new Table("NAME", "STATE", "REASON") { Palette = new(isOn) };
        table.Add("a", "Blocked", "x");
        table.Add("b", "Held", "y");
        await table.WriteAsync(output);
        return output.ToString();
    }
}
