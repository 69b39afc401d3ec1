using System.Diagnostics;

namespace RolloutOperator.EndToEnd.Tests;

public sealed class DemoTests(ITestOutputHelper output)
{
    // The first cluster build takes minutes; the demo on a cluster that is up takes about one.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    [Trait("Image", "real-pulls")]
    [Fact]
    public async Task An_edited_ConfigMap_and_a_pushed_image_reach_running_pods()
    {
        var demo = Path.Combine(Repository.Root, "examples", "greetings", "demo");
        using var process = Process.Start(new ProcessStartInfo(demo) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            var lines = await Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
            await process.WaitForExitAsync().WaitAsync(Patience);

            // The demo checks as it goes, and counts: this is the line that a person would look at.
            Assert.Contains(lines[0], line => line.Contains("checks ok, 0 failed", StringComparison.Ordinal));
            Assert.Equal(2, lines[0].Count(line => line.EndsWith("answers: Aloha Ada", StringComparison.Ordinal)));
            Assert.Equal(2, lines[0].Count(line => line.EndsWith("answers: Namaste Ada", StringComparison.Ordinal)));

            // The second act, which the demo leaves out on clusters where it cannot push.
            Assert.Equal(2, lines[0].Count(line => line.EndsWith("answers: Namaste Ada (version 2)", StringComparison.Ordinal)));
            Assert.Contains(lines[0], line => line.Contains("ok both pods run what was pushed", StringComparison.Ordinal));
            Assert.Single(lines[0], line => line.StartsWith("3 ", StringComparison.Ordinal) && line.Contains("image/greetings changed (sha256:", StringComparison.Ordinal));
            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private async Task<List<string>> ReadAsync(StreamReader reader)
    {
        var lines = new List<string>();
        while (await reader.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            lines.Add(line);
            output.WriteLine(line);
        }

        return lines;
    }
}
