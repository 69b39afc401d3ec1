using RolloutOperator.Cli.Commands;

namespace RolloutOperator.Cli.Tests;

/// <summary>The command <c>checksum</c>: each folder below <c>testdata/checksum</c> is a case, with its options in <c>arguments</c>.</summary>
public sealed class ChecksumTests
{
    private static readonly string Data = Repository.PathOf("tests", "RolloutOperator.Cli.Tests", "testdata", "checksum");

    public static TheoryData<string> Cases => [.. Directory.EnumerateDirectories(Data).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Checksums_and_what_is_missing_are_printed(string name)
    {
        var folder = Path.Combine(Data, name);
        var (output, error) = (new StringWriter(), new StringWriter());
        string[] arguments = (await File.ReadAllTextAsync(Path.Combine(folder, "arguments"), TestContext.Current.CancellationToken)).Replace("$DIR", folder, StringComparison.Ordinal).Split(' ', '\n');
        var parsed = CommandLine.Build().Parse(["checksum", .. arguments.Where(each => each.Length > 0)]);
        Assert.Empty(parsed.Errors);
        var code = await parsed.InvokeAsync(new() { Output = output, Error = error, EnableDefaultExceptionHandler = false }, TestContext.Current.CancellationToken);
        var actual = $"{output}--- error\n{error}--- exit code {code}\n".Replace(folder, "$DIR", StringComparison.Ordinal);
        var golden = Path.Combine(folder, "expected");
        if (Environment.GetEnvironmentVariable("ROLLOUT_OPERATOR_UPDATE_GOLDEN") == "1")
        {
            await File.WriteAllTextAsync(golden, actual, TestContext.Current.CancellationToken);
        }

        Assert.Equal(await File.ReadAllTextAsync(golden, TestContext.Current.CancellationToken), actual);
        Assert.DoesNotContain("canary", actual, StringComparison.Ordinal);
    }
}
