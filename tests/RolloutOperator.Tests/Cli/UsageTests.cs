using System.Text.Json;
using RolloutOperator.Cli;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Tests.Cli;

/// <summary>What the program says of itself, and of what it does not understand.</summary>
public class UsageTests
{
    [Theory]
    [InlineData("run --setle 1s", "unknown option --setle; did you mean --settle?")]
    [InlineData("run --setle=1s now", "unknown option --setle; did you mean --settle?", "run: unexpected argument \"now\"")]
    [InlineData("run --nampesace shop --namespace A", "unknown option --nampesace; did you mean --namespace?", "--namespace \"A\": that is no name of a namespace.")]
    [InlineData("run --something", "unknown option --something")]
    [InlineData("run now", "run: unexpected argument \"now\"")]
    [InlineData("rn", "unknown command \"rn\"; did you mean run?")]
    [InlineData("vresion", "unknown command \"vresion\"; did you mean version?")]
    [InlineData("walk", "unknown command \"walk\"; the commands are run, key, probe, version, help")]
    [InlineData("key rotat", "unknown command \"rotat\"; did you mean rotate?")]
    [InlineData("key turn", "unknown command \"turn\"; the commands of key are rotate")]
    [InlineData("help key turn", "unknown command \"turn\"; the commands of key are rotate")]
    [InlineData("help run now", "unknown command \"now\"; run has none")]
    [InlineData("key rotate --operator-namespac a", "unknown option --operator-namespac; did you mean --operator-namespace?")]
    [InlineData("run --settle", "--settle: its value is missing; write a duration such as 500ms, 1s or 1m30s, at most a day.")]
    [InlineData("run --identity", "--identity: its value is missing")]
    [InlineData("run --settle 1s --settle 2s", "--settle 1s, 2s: give it once")]
    [InlineData("run --sources images --sources secrets", "--sources images, secrets: give it once")]
    [InlineData("run --log-level loud", "--log-level loud: write trace, debug, info, warn, error, information or warning.")]
    [InlineData("version -o xml", "--output xml: write text or json.")]
    [InlineData("probe", "probe: url is missing. The probe, such as http://localhost:8080/readyz?verbose.")]
    [InlineData("probe @file", "probe @file: write a URL such as http://localhost:8080/readyz.")]
    [InlineData("probe http://a b", "probe: unexpected argument \"b\"")]
    public async Task What_is_not_understood_is_repeated_with_what_was_probably_meant(string line, params string[] errors)
    {
        var ran = await Ran.Async(line);
        Assert.Equal(errors, ran.Said);
        Assert.Equal(((int)ExitCode.Usage, ""), (ran.ExitCode, ran.Output));
    }

    [Fact]
    public async Task A_mistake_points_to_the_help_of_its_command()
    {
        Assert.EndsWith("See rollout-operator key rotate --help.\n", (await Ran.Async("key rotate now")).Errors, StringComparison.Ordinal);
        Assert.EndsWith("See rollout-operator --help.\n", (await Ran.Async("walk")).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kubeconfig_that_is_named_and_not_there_is_named_with_its_option()
    {
        var ran = await Ran.Async("run --kubeconfig /no/such/file");
        Assert.Equal(["--kubeconfig /no/such/file: there is no such kubeconfig file; check the path"], ran.Said);
        Assert.Equal((int)ExitCode.Configuration, ran.ExitCode);
    }

    [Theory]
    [InlineData("", "rollout-operator command [options]")]
    [InlineData("help", "rollout-operator command [options]")]
    [InlineData("--help", "rollout-operator command [options]")]
    [InlineData("key", "rollout-operator key command [options]")]
    [InlineData("help key rotate", "rollout-operator key rotate [options]")]
    [InlineData("key rotate -h", "rollout-operator key rotate [options]")]
    [InlineData("run --help --setle x", "rollout-operator run [options]")]
    [InlineData("help probe", "rollout-operator probe url [options]")]
    public async Task Help_is_given_with_and_without_asking(string line, string usage)
    {
        var ran = await Ran.Async(line);
        Assert.Contains($"\nUsage:\n  {usage}\n", ran.Output, StringComparison.Ordinal);
        Assert.Contains("\nExit codes:\n  0  ", ran.Output, StringComparison.Ordinal);
        Assert.Equal((0, ""), (ran.ExitCode, ran.Errors));
    }

    [Fact]
    public async Task The_help_of_run_has_every_option_under_a_heading_and_examples_that_are_right()
    {
        var help = (await Ran.Async("help run")).Output;
        Assert.All(RunFlags.Groups, group => Assert.Contains($"\n{group.Heading}:\n  {HelpText.Syntax(group.Options[0])}\n", help, StringComparison.Ordinal));
        Assert.All(RunFlags.All, option => Assert.Contains($"\n  {HelpText.Syntax(option)}\n", help, StringComparison.Ordinal));
        Assert.All(help.Split('\n'), line => Assert.True(line.Length <= 100 || !line.TrimStart().Contains(' ', StringComparison.Ordinal), line));
        var examples = new[] { RunCommand.Build(), ProbeCommand.Build(), VersionCommand.Build(), HelpCommand.Build() }.Concat(KeyCommand.Build().Subcommands)
            .Cast<DocumentedCommand>().SelectMany(command => command.Examples).Select(example => example.Line[example.Line.IndexOf("rollout-operator", StringComparison.Ordinal)..]).ToArray();
        Assert.True(examples.Length >= 9);
        Assert.All(examples, line => Assert.Empty(CommandLine.Build().Parse(line.Split(' ')[1..]).Errors));
    }

    [Fact]
    public void Lines_are_as_wide_as_the_terminal()
    {
        using var narrow = new StringWriter();
        new HelpText(60).Write(RunCommand.Build(), narrow);
        var prose = narrow.ToString().Split('\n').Where(line => line.StartsWith("      ", StringComparison.Ordinal) && line.Trim().Contains(' ', StringComparison.Ordinal));
        Assert.All(prose, line => Assert.True(line.TrimEnd().Length <= 60, line));
    }

    [Fact]
    public async Task The_version_is_a_version_and_its_commit_is_told_apart()
    {
        using var json = JsonDocument.Parse((await Ran.Async("version -o json")).Output);
        var version = json.RootElement.GetProperty("version").GetString()!;
        Assert.Matches(@"^\d+\.\d+\.\d+(-[a-z0-9.]+)?$", version);
        Assert.StartsWith($"rollout-operator {version}", (await Ran.Async("version")).Output, StringComparison.Ordinal);
        Assert.StartsWith(version, (await Ran.Async("--version")).Output, StringComparison.Ordinal);
        Assert.NotEqual("", json.RootElement.GetProperty("platform").GetString());
    }

    [Theory]
    [InlineData("settle", "settle")]
    [InlineData("setle", "settle")]
    [InlineData("sttele", "settle")]
    [InlineData("telets", null)]
    [InlineData("esttle", "settle")]
    [InlineData("SETTLE", "settle")]
    [InlineData("rnu", "run")]
    [InlineData("", null)]
    [InlineData("x", null)]
    public void The_nearest_word_is_found_if_it_is_near(string typed, string? nearest) =>
        Assert.Equal(nearest, Spelling.Nearest(typed, ["settle", "stall-after", "run"]));
}
