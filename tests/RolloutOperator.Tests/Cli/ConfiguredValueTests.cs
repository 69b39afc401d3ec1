using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using RolloutOperator.Cli;

namespace RolloutOperator.Tests.Cli;

/// <summary>Every option of <c>run</c> can come from the environment and from a file.</summary>
public sealed class ConfiguredValueTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public static TheoryData<string> Names => [.. RunFlags.All.Where(option => option != ConfigurationFile.Option).Select(option => option.Name)];

    public void Dispose() => File.Delete(_file);

    [Theory]
    [MemberData(nameof(Names))]
    public void An_option_is_taken_from_the_command_line_else_the_environment_else_the_file(string name)
    {
        var option = RunFlags.All.Single(each => each.Name == name);
        var (variable, key) = (ConfiguredValue.VariableOf(option), name.TrimStart('-'));
        Assert.Equal("ROLLOUT_OPERATOR_" + key.ToUpperInvariant().Replace('-', '_'), variable);
        variable = variable[ConfiguredValue.Prefix.Length..];
        Write(JsonSerializer.Serialize(new Dictionary<string, string> { [key] = "file" }));
        Assert.Equal(["file"], Values(option, "run --config " + _file));
        Assert.Equal(["environment"], Values(option, "run --config " + _file, (variable, "environment")));
        Assert.Equal(["file"], Values(option, "run --config " + _file, (variable, "")));
        Assert.Equal(["environment"], Values(option, "run", (variable, "environment")));
        Assert.Equal(["words"], Values(option, $"run --config {_file} {name} words", (variable, "environment")));
        Assert.Empty(Values(option, "run"));
        Assert.Empty(Values(option, "run", (variable, "")));
    }

    [Fact]
    public void A_list_has_commas_or_is_one()
    {
        var option = RunFlags.All.Single(each => each.Name == "--namespace");
        Assert.Equal(["shop", "office"], Values(option, "run", ("NAMESPACE", "shop, office,")));
        Write("""{"namespace": ["shop", "office"], "sources": ["configmaps", "images"], "exclude-namespace": [], "dry-run": true, "settle": 0, "identity": null}""");
        Assert.Equal(["shop", "office"], Values(option, "run --config " + _file));
        Assert.Equal(["home"], Values(option, "run -n home --config " + _file));
        var options = RunFlags.Read(CommandLine.Parse(["run"], Ran.Of(("CONFIG", _file))).Parsed.CommandResult, endpoint: null);
        Assert.Equal((true, TimeSpan.Zero), (options.DryRun, options.Settle));
        Assert.Equal("ConfigMap, Image", string.Join(", ", options.Scope.Reading.Sources));
        Assert.Empty(options.Scope.Excluded);
    }

    [Theory]
    [InlineData("run", "--settle soon: write a duration such as 500ms, 1s or 1m30s, at most a day. (--settle is from $ROLLOUT_OPERATOR_SETTLE)", "SETTLE", "soon")]
    [InlineData("run --auto", "--auto and --workload-selector exclude each other: one enrols everything, the other what it finds. (--workload-selector is from $ROLLOUT_OPERATOR_WORKLOAD_SELECTOR)", "WORKLOAD_SELECTOR", "a")]
    [InlineData("run", "--kubeconfig /no/such/file: there is no such kubeconfig file; check the path (--kubeconfig is from $ROLLOUT_OPERATOR_KUBECONFIG)", "KUBECONFIG", "/no/such/file")]
    [InlineData("key rotate", "--operator-namespace \"A\": that is no name of a namespace. (--operator-namespace is from $ROLLOUT_OPERATOR_OPERATOR_NAMESPACE)", "OPERATOR_NAMESPACE", "A")]
    [InlineData("run", "--config /no/such/file: the file cannot be read. (--config is from $ROLLOUT_OPERATOR_CONFIG)", "CONFIG", "/no/such/file")]
    public async Task An_error_says_which_variable_the_value_is_from(string line, string error, string variable, string value) =>
        Assert.Equal([error], (await Ran.Async(line, (variable, value))).Said);

    [Theory]
    [InlineData("""{"setle": "1s"}""", "--config FILE: unknown key \"setle\"; did you mean settle?")]
    [InlineData("""{"config": "other.json"}""", "--config FILE: unknown key \"config\"")]
    [InlineData("""{"settle": {"after": "1s"}}""", "--config FILE: \"settle\": write a text, a number, true, false, or a list of them.")]
    [InlineData("""{"namespace": [["a"]]}""", "--config FILE: \"namespace\": write a text, a number, true, false, or a list of them.")]
    [InlineData("""{"settle": "soon"}""", "--settle soon: write a duration such as 500ms, 1s or 1m30s, at most a day. (--settle is from \"settle\" in FILE)")]
    [InlineData("""{"dry-run": "yes"}""", "--dry-run yes: write true or false. (--dry-run is from \"dry-run\" in FILE)")]
    [InlineData("""{"workload-selector": "--auto"}""", "--workload-selector \"--auto\": write a label selector such as app=shop, tier!=test or \"tier in (web,api),!legacy\". (--workload-selector is from \"workload-selector\" in FILE)")]
    public async Task An_error_of_the_file_names_the_key(string content, string error)
    {
        Write(content);
        var ran = await Ran.Async("run --config " + _file);
        Assert.Equal([error.Replace("FILE", _file, StringComparison.Ordinal)], ran.Said);
        Assert.Equal((int)ExitCode.Usage, ran.ExitCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("settle: 1s")]
    [InlineData("""{"settle": "1s", "settle": "2s"}""")]
    public async Task A_file_that_is_no_JSON_object_is_an_error(string content)
    {
        Write(content);
        var ran = await Ran.Async("run --config " + _file);
        Assert.StartsWith($"--config {_file}: ", Assert.Single(ran.Said), StringComparison.Ordinal);
        Assert.Equal((int)ExitCode.Usage, ran.ExitCode);
    }

    // For a Service called rollout-operator, or rollout-operator-settle, the kubelet makes variables that end like this.
    [Fact]
    public void No_variable_is_one_that_Kubernetes_makes_for_a_Service() => Assert.DoesNotContain(
        RunFlags.All.Select(ConfiguredValue.VariableOf),
        variable => variable.EndsWith("_PORT", StringComparison.Ordinal) || variable.EndsWith("_SERVICE_HOST", StringComparison.Ordinal) || variable.Contains("_PORT_", StringComparison.Ordinal));

    [Fact]
    public void Other_variables_with_the_prefix_are_ignored() =>
        Assert.Empty(CommandLine.Parse(["run"], Ran.Of(("PORT", "tcp://10.0.0.1:8080"), ("SERVICE_HOST", "10.0.0.1"))).Configured);

    private void Write(string content) => File.WriteAllText(_file, content);

    private static string[] Values(Option option, string line, params (string Variable, string Value)[] environment)
    {
        var (parsed, _, _) = CommandLine.Parse(line.Split(' '), Ran.Of(environment));
        return parsed.GetResult(option) is { Implicit: false } result ? [.. result.Tokens.Select(token => token.Value)] : [];
    }
}
