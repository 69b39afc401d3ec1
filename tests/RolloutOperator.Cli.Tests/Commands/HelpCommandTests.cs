using System.Text.Json.Nodes;

namespace RolloutOperator.Cli.Tests.Commands;

public class HelpCommandTests
{
    [Fact]
    public async Task Help_of_a_command_is_what_its_option_prints()
    {
        var printed = await Printed.ByAsync("help", "status");
        Assert.Equal(0, printed.ExitCode);
        Assert.Contains("--all-namespaces", printed.Output, StringComparison.Ordinal);
        Assert.Equal((await Printed.ByAsync("status", "--help")).Output, printed.Output);
    }

    [Theory]
    [InlineData]
    [InlineData("help")]
    [InlineData("--help")]
    public async Task Without_a_command_all_are_listed(params string[] args)
    {
        var printed = await Printed.ByAsync(args);
        Assert.Equal(0, printed.ExitCode);
        Assert.Contains("history", printed.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_is_not_known_gets_the_nearest_one()
    {
        var printed = await Printed.ByAsync("help", "statsu");
        Assert.Equal((1, "error: there is no command statsu; did you mean status?\n"), (printed.ExitCode, printed.Error));
    }

    [Theory]
    [InlineData("error: there is no command explan; did you mean explain?\nSee kubectl rollout-operator --help.\n", "explan")]
    [InlineData("error: there is no command xyz\nSee kubectl rollout-operator --help.\n", "xyz")]
    [InlineData("error: there is no option --namespce; did you mean --namespace?\nSee kubectl rollout-operator status --help.\n", "status", "--namespce")]
    [InlineData("error: status takes no argument \"shop\" here\nSee kubectl rollout-operator status --help.\n", "status", "shop")]
    public async Task What_is_not_known_is_named_once(string error, params string[] args)
    {
        var printed = await Printed.ByAsync(args);
        Assert.Equal((1, error), (printed.ExitCode, printed.Error));
    }

    [Fact]
    public async Task The_version_is_a_version_and_the_commit_is_apart()
    {
        var printed = await Printed.ByAsync("version", "--client", "-o", "json");
        var client = JsonNode.Parse(printed.Output)!["client"]!;
        Assert.Matches(@"^\d+\.\d+\.\d+(-[\w.-]+)?$", (string)client["version"]!);
        Assert.NotNull(client["platform"]);
        Assert.Equal((0, ""), (printed.ExitCode, printed.Error));
    }

    [Fact]
    public async Task Without_a_cluster_the_version_of_the_client_is_told()
    {
        var printed = await Printed.ByAsync("version", "--kubeconfig", Path.Combine(AppContext.BaseDirectory, "none"));
        Assert.StartsWith("Client:", printed.Output, StringComparison.Ordinal);
        Assert.StartsWith("error: ", printed.Error, StringComparison.Ordinal);
        Assert.Equal(1, printed.ExitCode);
    }
}
