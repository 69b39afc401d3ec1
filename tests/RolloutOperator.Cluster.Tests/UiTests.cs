using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;
using static Microsoft.Playwright.Assertions;

namespace RolloutOperator.Cluster.Tests;

/// <summary>The page in a real browser, served with the right to read one namespace and no other.</summary>
public sealed partial class UiTests(TestCluster cluster, Browser browser)
{
    private const int Interrupted = 130;
    private const string Canary = "canary-4b1d-violet";

    // The pictures of docs/ui.md.
    private static bool WritesPictures => Environment.GetEnvironmentVariable("ROLLOUT_OPERATOR_WRITE_DOCUMENTS") == "1";

    [Fact]
    public async Task The_list_has_trouble_first_and_follows_the_cluster()
    {
        await using var shop = await ShopAsync();
        await using var page = await browser.OpenAsync(shop.Address);
        await Expect(page.Row("statefulset/database").Locator("td").First).ToHaveTextAsync("Blocked");
        await Expect(page.Tab.GetByRole(AriaRole.Row)).ToHaveCountAsync(4);
        await Expect(page.Tab.GetByRole(AriaRole.Row).Nth(1)).ToContainTextAsync("statefulset/database");

        await shop.Space.EditConfigMapAsync("shared", ("greeting", Canary + "3"));
        await Expect(page.Row("deployment/greetings")).ToContainTextAsync("Stale");
        await Expect(page.Row("deployment/greetings")).ToContainTextAsync("configmap/shared changed");
        await Expect(page.Row("deployment/cart")).ToContainTextAsync("Held");
        await Expect(page.Tab.GetByRole(AriaRole.Row).Nth(2)).ToContainTextAsync("deployment/cart");

        await page.Tab.GetByRole(AriaRole.Searchbox).FillAsync("greet");
        await Expect(page.Tab.GetByRole(AriaRole.Row)).ToHaveCountAsync(2);
        await page.Tab.GetByRole(AriaRole.Searchbox).FillAsync("");
        await page.Tab.GetByRole(AriaRole.Button, new() { NameRegex = BlockedButton() }).ClickAsync();
        await Expect(page.Tab.GetByRole(AriaRole.Row)).ToHaveCountAsync(2);
        await Expect(page.Tab.GetByRole(AriaRole.Button, new() { NameRegex = BlockedButton() })).ToHaveAttributeAsync("aria-pressed", "true");

        // What was chosen stays while the cluster changes.
        await shop.Space.SecretAsync("missing", ("password", Canary));
        await Expect(page.Tab.GetByRole(AriaRole.Row)).ToHaveCountAsync(4);
        await Expect(page.Row("statefulset/database")).Not.ToContainTextAsync("Blocked");
        await Expect(page.Tab.Locator("#live")).ToHaveTextAsync("Live");
        shop.IsQuiet(page);

        Assert.Equal(Interrupted, await shop.Command.InterruptAsync());
        await Expect(page.Tab.Locator("#live")).ToHaveTextAsync("Not connected: has the command ended?");
    }

    [Fact]
    public async Task A_workload_has_a_page_with_its_decision_sources_and_rollouts()
    {
        await using var shop = await ShopAsync();
        await using var page = await browser.OpenAsync(shop.Address);
        await page.Row("deployment/greetings").GetByRole(AriaRole.Link).ClickAsync();
        await Expect(page.Tab.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync($"deployment/greetings in the namespace {shop.Space.Name}");
        await Expect(page.Tab.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeFocusedAsync();
        await Expect(page.Tab).ToHaveTitleAsync($"deployment/greetings in the namespace {shop.Space.Name} · Rollout Operator");
        var sources = page.Tab.GetByRole(AriaRole.Table, new() { Name = "Sources" });
        await Expect(sources.GetByRole(AriaRole.Row).Filter(new() { HasText = "configmap/shared" })).ToContainTextAsync("unchanged");
        var rollouts = page.Tab.GetByRole(AriaRole.Table, new() { Name = "Rollouts, the newest first" });
        await Expect(rollouts.GetByRole(AriaRole.Row).Nth(1)).ToContainTextAsync("configmap/shared changed");
        await Expect(page.Tab.GetByRole(AriaRole.Img, new() { NameRegex = TwoRollouts() })).ToBeVisibleAsync();

        // It follows the cluster too.
        await shop.Space.EditSecretAsync("password", ("password", Canary + "4"));
        await Expect(sources.GetByRole(AriaRole.Row).Filter(new() { HasText = "secret/password" })).ToContainTextAsync("differs, or is under another digest key");
        await Expect(page.Tab.Locator(".lead")).ToContainTextAsync("It would be rolled: secret/password changed.");
        await page.Tab.GetByRole(AriaRole.Link, new() { Name = "Workloads" }).ClickAsync();
        await Expect(page.Row("deployment/greetings")).ToContainTextAsync("Stale");
        shop.IsQuiet(page);
    }

    [Fact]
    public async Task The_graph_leads_from_a_source_to_those_who_read_it()
    {
        await using var shop = await ShopAsync();
        await using var page = await browser.OpenAsync(shop.Address);
        await page.Tab.GetByRole(AriaRole.Link, new() { Name = "Who reads what" }).ClickAsync();
        var picture = page.Tab.GetByRole(AriaRole.Group, new() { NameRegex = Picture() });
        await Expect(picture.GetByRole(AriaRole.Link)).ToHaveCountAsync(6);
        await Expect(picture.Locator("path")).ToHaveCountAsync(5);
        await picture.GetByRole(AriaRole.Link, new() { Name = "configmap/shared, read by cart, greetings" }).ClickAsync();
        await Expect(page.Tab.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Who reads configmap/shared");
        await Expect(picture.GetByRole(AriaRole.Link)).ToHaveCountAsync(3);
        await page.Tab.GetByText("The same as a table").ClickAsync();
        await Expect(page.Tab.GetByRole(AriaRole.Table, new() { Name = "Who reads what" }).GetByRole(AriaRole.Row)).ToHaveCountAsync(3);
        await picture.GetByRole(AriaRole.Link, new() { Name = "deployment/greetings" }).ClickAsync();
        await Expect(page.Tab.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("deployment/greetings");
        shop.IsQuiet(page);
    }

    [Fact]
    public async Task Everything_can_be_reached_by_keyboard()
    {
        await using var shop = await ShopAsync();
        await using var page = await browser.OpenAsync(shop.Address);
        await Expect(page.Row("deployment/cart")).ToBeVisibleAsync();
        var keyboard = page.Tab.Keyboard;
        await keyboard.PressAsync("Tab");
        await Expect(page.Tab.Locator("#skip")).ToBeFocusedAsync();
        await Expect(page.Tab.Locator("#skip")).ToBeInViewportAsync();
        await keyboard.PressAsync("Enter");
        await Expect(page.Tab.GetByRole(AriaRole.Main)).ToBeFocusedAsync();
        await keyboard.PressAsync("Tab");
        await Expect(page.Tab.GetByLabel("Filter by name, namespace, state or reason")).ToBeFocusedAsync();
        await keyboard.TypeAsync("cart");
        await Expect(page.Tab.GetByRole(AriaRole.Row)).ToHaveCountAsync(2);
        var link = page.Row("deployment/cart").GetByRole(AriaRole.Link);
        for (var presses = 0; !await link.EvaluateAsync<bool>("link => link === document.activeElement"); presses++)
        {
            Assert.True(presses < 10, "the link is not reached");
            await keyboard.PressAsync("Tab");
        }

        // The focus is seen, and stays where it is when the rows are drawn again.
        Assert.Equal("solid", await link.EvaluateAsync<string>("link => getComputedStyle(link).outlineStyle"));
        await shop.Space.EditConfigMapAsync("shared", ("greeting", Canary + "5"));
        await Expect(page.Row("deployment/cart")).ToContainTextAsync("Held");
        await Expect(link).ToBeFocusedAsync();
        await keyboard.PressAsync("Enter");
        await Expect(page.Tab.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("deployment/cart");
        shop.IsQuiet(page);
    }

    [Theory]
    [InlineData(ColorScheme.Light, "rgb(246, 247, 249)")]
    [InlineData(ColorScheme.Dark, "rgb(18, 22, 28)")]
    public async Task Nothing_is_in_the_way_of_people_who_cannot_see_it_well(ColorScheme scheme, string background)
    {
        await using var shop = await ShopAsync(WritesPictures ? (scheme == ColorScheme.Light ? "shop" : "market") : null);
        await shop.Space.EditConfigMapAsync("shared", ("greeting", Canary + "6"));
        await using var page = await browser.OpenAsync(shop.Address, scheme);
        Assert.Equal(background, await page.Tab.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"));
        var name = scheme.ToString().ToLowerInvariant();
        await Expect(page.Row("deployment/cart")).ToContainTextAsync("Held");
        Assert.Empty(await page.FindingsAsync());
        await PictureAsync(page, $"ui-list-{name}");
        await page.Row("deployment/greetings").GetByRole(AriaRole.Link).ClickAsync();
        await Expect(page.Tab.GetByRole(AriaRole.Img, new() { NameRegex = TwoRollouts() })).ToBeVisibleAsync();
        Assert.Empty(await page.FindingsAsync());
        await PictureAsync(page, $"ui-workload-{name}");
        await page.Tab.GetByRole(AriaRole.Link, new() { Name = "Who reads what" }).ClickAsync();
        await Expect(page.Tab.GetByRole(AriaRole.Group, new() { NameRegex = Picture() })).ToBeVisibleAsync();
        Assert.Empty(await page.FindingsAsync());
        await PictureAsync(page, $"ui-graph-{name}");
        shop.IsQuiet(page);
    }

    [Fact]
    public async Task On_a_narrow_window_only_tables_and_pictures_scroll_sideways()
    {
        await using var shop = await ShopAsync();
        await using var page = await browser.OpenAsync(shop.Address, width: 360);
        foreach (var view in new[] { "#/", $"#/workload/{shop.Space.Name}/Deployment/greetings", "#/graph?namespace=" + shop.Space.Name })
        {
            await page.Tab.GotoAsync(shop.Address + view);
            await Expect(page.Tab.Locator("tbody tr, .picture svg").First).ToBeVisibleAsync();
            Assert.True(await page.Tab.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), view);
        }
    }

    [Trait("Invariant", "I16")]
    [Fact]
    public async Task No_value_comes_to_the_page()
    {
        await using var shop = await ShopAsync();
        await using var page = await browser.OpenAsync(shop.Address);
        await Expect(page.Row("deployment/greetings")).ToBeVisibleAsync();
        await shop.Space.EditSecretAsync("password", ("password", Canary + "7"), ("another", Canary));
        await Expect(page.Row("deployment/greetings")).ToContainTextAsync("Stale");
        var seen = new StringBuilder(await page.Tab.ContentAsync());
        foreach (var view in new[] { "#/workload/{0}/Deployment/greetings", "#/workload/{0}/Deployment/cart", "#/workload/{0}/StatefulSet/database", "#/graph?namespace={0}", "#/graph?namespace={0}&source=secret/password" })
        {
            await page.Tab.GotoAsync(shop.Address + string.Format(System.Globalization.CultureInfo.InvariantCulture, view, shop.Space.Name));
            await Expect(page.Tab.Locator(".picture svg").First).ToBeVisibleAsync();
            seen.Append(await page.Tab.ContentAsync());
        }

        var answers = await page.AnswersAsync();
        Assert.Contains(answers, answer => answer.Contains("secret/password", StringComparison.Ordinal));
        shop.IsQuiet(page);
        Assert.Equal(Interrupted, await shop.Command.InterruptAsync());
        var everything = string.Join('\n', answers) + seen + shop.Command.Errors;
        foreach (var hidden in new[] { Canary, Convert.ToBase64String(Encoding.UTF8.GetBytes(Canary))[..16], Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Canary)) })
        {
            Assert.DoesNotContain(hidden, everything, StringComparison.Ordinal);
        }
    }

    // A namespace with workloads in several states, one rollout, and no operator any more.
    private async Task<Shop> ShopAsync(string? name = null)
    {
        var space = await (name is null ? cluster.NamespaceAsync() : cluster.NamespaceAsync(name));
        await space.ConfigMapAsync("shared", ("greeting", Canary));
        await space.SecretAsync("password", ("password", Canary));
        var both = PodSpecs.EnvFrom(SourceKind.ConfigMap, "shared", SourceKind.Secret, "password");
        var greetings = await space.DeployAsync("greetings", both);
        var cart = await space.DeployAsync("cart", both);
        await space.DeployAsync(WorkloadKind.StatefulSet, "database", PodSpecs.EnvFrom(SourceKind.Secret, "missing"));
        await Task.WhenAll(greetings.HasPodsAsync(1), cart.HasPodsAsync(1));
        var running = await space.OperatorAsync();
        await Task.WhenAll(greetings.AdoptedAsync(), cart.AdoptedAsync());
        await cart.AnnotateAsync(Names.Pause, "true");
        await space.EditConfigMapAsync("shared", ("greeting", Canary + "2"));
        await greetings.RolledAsync(1);
        await space.EventAsync("greetings", "RolloutTriggered");
        await greetings.ObservedAsync(", and made the new ReplicaSet", now => now.Text("metadata", "annotations", "deployment.kubernetes.io/revision") == "2");
        Assert.Equal(0, await running.TerminateAsync());
        var command = await RunningCommand.StartAsync(space, null, "ui");
        return new(space, command, await command.LineAsync());
    }

    private static async Task PictureAsync(BrowserPage page, string name)
    {
        if (WritesPictures)
        {
            await page.Tab.ScreenshotAsync(new() { Path = Repository.PathOf("docs", "images", name + ".png"), FullPage = true });
        }
    }

    [GeneratedRegex("^Blocked", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex BlockedButton();

    [GeneratedRegex("^Timeline of 2 rollouts", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TwoRollouts();

    [GeneratedRegex("sources on the left", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Picture();

    private sealed record Shop(TestNamespace Space, RunningCommand Command, string Address) : IAsyncDisposable
    {
        /// <summary>Nothing was asked of anybody else, and the browser complained about nothing.</summary>
        public void IsQuiet(BrowserPage page)
        {
            Assert.Empty(page.Wrong);
            Assert.All(page.Requests, request => Assert.StartsWith(new Uri(Address).GetLeftPart(UriPartial.Authority) + "/", request, StringComparison.Ordinal));
        }

        public async ValueTask DisposeAsync()
        {
            await Command.DisposeAsync();
            await Space.DisposeAsync();
        }
    }
}
