using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Playwright;
using RolloutOperator.Cluster.Tests.Harness;

[assembly: AssemblyFixture(typeof(Browser))]

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>Debian's Chromium, started when the first test asks for it.</summary>
public sealed class Browser : IAsyncDisposable
{
    private readonly Lazy<Task<(IPlaywright Playwright, IBrowser Browser, string Axe)>> _started = new(StartAsync);

    /// <summary>Opens a page. It keeps what it asked for, and what was wrong with it.</summary>
    internal async Task<BrowserPage> OpenAsync(string address, ColorScheme scheme = ColorScheme.Light, int width = 1280)
    {
        var (_, browser, axe) = await _started.Value;
        var context = await browser.NewContextAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 800 }, ReducedMotion = ReducedMotion.Reduce });
        var page = new BrowserPage(context, await context.NewPageAsync(), axe);
        await page.Tab.GotoAsync(address);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (_started.IsValueCreated)
        {
            var (playwright, browser, _) = await _started.Value;
            await browser.CloseAsync();
            playwright.Dispose();
        }
    }

    private static async Task<(IPlaywright, IBrowser, string)> StartAsync()
    {
        var chromium = await InstalledAsync("chromium");
        var axe = await File.ReadAllTextAsync(await InstalledAsync("axe"));
        Assertions.SetDefaultExpectTimeout((float)TestCluster.Timeout.TotalMilliseconds);
        var playwright = await Playwright.CreateAsync();
        return (playwright, await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = chromium,
            Timeout = (float)TestCluster.Timeout.TotalMilliseconds,

            // Names lead nowhere.
            Args = ["--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"],
        }), axe);
    }

    private static async Task<string> InstalledAsync(string tool)
    {
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(Repository.Root, "tests", "install", tool)) { RedirectStandardOutput = true })!;
        var path = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? path.Trim() : throw new InvalidOperationException($"tests/install/{tool} failed with exit code {process.ExitCode}");
    }
}

/// <summary>A page in the browser.</summary>
internal sealed class BrowserPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly string _axe;
    private readonly ConcurrentQueue<string> _wrong = new();
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly ConcurrentQueue<Task<string>> _answers = new();

    public BrowserPage(IBrowserContext context, IPage tab, string axe)
    {
        (_context, Tab, _axe) = (context, tab, axe);
        tab.SetDefaultTimeout((float)TestCluster.Timeout.TotalMilliseconds);
        tab.Console += (_, message) => Note(message.Type is "error" or "warning", message.Text);
        tab.PageError += (_, error) => Note(true, error);
        context.Request += (_, request) => _requests.Enqueue(request.Url);
        context.Response += (_, response) =>
        {
            // That one has no end.
            if (!response.Url.Contains("/api/changes", StringComparison.Ordinal))
            {
                _answers.Enqueue(TextAsync(response));
            }
        };
    }

    public IPage Tab { get; }

    /// <summary>What the console of the page complained about.</summary>
    public IEnumerable<string> Wrong => _wrong;

    /// <summary>The addresses that it asked for.</summary>
    public IEnumerable<string> Requests => _requests;

    /// <summary>A row of the list.</summary>
    public ILocator Row(string workload) => Tab.GetByRole(AriaRole.Row).Filter(new() { Has = Tab.GetByRole(AriaRole.Link, new() { Name = workload, Exact = true }) });

    /// <summary>Everything that it got as an answer.</summary>
    public async Task<string[]> AnswersAsync() => await Task.WhenAll(_answers);

    /// <summary>The findings of axe-core (WCAG 2.2 A and AA, and best practices), each as its rule and its elements.</summary>
    public async Task<string[]> FindingsAsync()
    {
        await Tab.EvaluateAsync(_axe);
        return await Tab.EvaluateAsync<string[]>(
            "axe.run().then(found => found.violations.map(each => `${each.id}: ${each.nodes.map(node => node.html).join(' ')}`))");
    }

    public async ValueTask DisposeAsync() => await _context.CloseAsync();

    private void Note(bool isWrong, string text)
    {
        if (isWrong)
        {
            _wrong.Enqueue(text);
        }
    }

    private static async Task<string> TextAsync(IResponse response)
    {
        try
        {
            return await response.TextAsync();
        }
        catch (PlaywrightException)
        {
            // The browser has left the page before the answer was complete.
            return "";
        }
    }
}
