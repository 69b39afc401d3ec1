using RolloutOperator.Cli.Output;
using YamlDotNet.RepresentationModel;

namespace RolloutOperator.Cli.Tests.Output;

public class PrinterTests
{
    private static readonly StatusReport Report = new(
        [new() { Kind = "Deployment", Namespace = "shop", Name = "app", State = WorkloadState.Stale, Reason = "configmap/a changed (\"yes\": no)", Sources = 1, Rollouts = 2 }],
        []);

    [Fact]
    public async Task Json_has_the_names_of_the_schema()
    {
        Assert.Equal(
            """
            {
              "workloads": [
                {
                  "kind": "Deployment",
                  "namespace": "shop",
                  "name": "app",
                  "state": "Stale",
                  "reason": "configmap/a changed (\"yes\": no)",
                  "sources": 1,
                  "rollouts": 2
                }
              ],
              "doubts": []
            }

            """,
            await PrintedAsync(OutputFormat.Json));
    }

    [Fact]
    public async Task Yaml_says_the_same()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(await PrintedAsync(OutputFormat.Yaml)));
        var workload = yaml.Documents[0].RootNode["workloads"][0];
        Assert.Equal(("Stale", "configmap/a changed (\"yes\": no)", "2"), ((string?)workload["state"], (string?)workload["reason"], (string?)workload["rollouts"]));
    }

    [Fact]
    public async Task A_table_has_columns_and_no_control_characters()
    {
        var table = new Table("NAME", "REASON");
        table.Add("a", "b\u001b[31mc\n");
        table.Add("longer", "");
        using var text = new StringWriter { NewLine = "\n" };
        await table.WriteAsync(text);
        Assert.Equal("NAME    REASON\na       b [31mc\nlonger\n", text.ToString());
    }

    [Theory]
    [InlineData(5, "5s")]
    [InlineData(-5, "0s")]
    [InlineData(600, "10m")]
    [InlineData(90_000, "25h")]
    [InlineData(864_000, "10d")]
    public void An_age_is_short(int seconds, string age)
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal(age, Age.Of(now.AddSeconds(-seconds), now));
    }

    private static async Task<string> PrintedAsync(OutputFormat format)
    {
        using var text = new StringWriter { NewLine = "\n" };
        Assert.True(await Printer.PrintAsync(text, format, Report));
        return text.ToString().ReplaceLineEndings("\n");
    }
}
