using System.Text.RegularExpressions;
using k8s.Models;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Deciding;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Tests.Deciding;

public partial class OperatorChecksTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly Installation Home = new() { Namespace = "ops" };

    [Theory]
    [InlineData(2, 2, "Ok", "ops/rollout-operator has 2 of 2 pods ready, of the image registry/rollout-operator:1.2.3")]
    [InlineData(2, 1, "Warn", "1 of 2 pods ready")]
    [InlineData(1, 0, "Fail", "0 of 1 pods ready")]
    [InlineData(0, 0, "Fail", "is scaled to 0")]
    public void A_Deployment_is_judged_by_its_ready_pods(int wanted, int ready, string result, string message) =>
        Is(OperatorChecks.Running(Deployment("ops", wanted, ready)), result, message);

    [Fact]
    public void No_Deployment_fails() => Is(OperatorChecks.Running(null), "Fail", "no Deployment has the label");

    [Fact]
    public void A_dry_run_is_pointed_out() => Is(OperatorChecks.Running(Deployment("ops", 1, 1, "run", "--dry-run")), "Warn", "in a dry run, so it rolls nothing");

    [Fact]
    public void Two_installations_are_named()
    {
        Is(OperatorChecks.Installations([Deployment("ops", 1, 1)]), "Ok", "there is one");
        Is(OperatorChecks.Installations([Deployment("test", 1, 1), Deployment("ops", 1, 1)]), "Warn", "there are 2: ops/rollout-operator, test/rollout-operator");
    }

    [Theory]
    [InlineData("Ok", "all are known", "run", "--settle=2s", "-n", "shop", "--leader-elect", "false")]
    [InlineData("Warn", "does not know: --setle", "run", "--setle=2s")]
    [InlineData("Ok", "those in /etc/options.json are not seen from here", "run", "--config=/etc/options.json")]
    public void Options_that_are_not_known_are_named(string result, string message, params string[] arguments) =>
        Is(OperatorChecks.Options(new(arguments, [])), result, message);

    [Fact]
    public void The_nearest_option_is_the_remedy() => Assert.Equal("Write --settle instead of --setle.", OperatorChecks.Options(new(["--setle=2s"], [])).Remedy);

    [Theory]
    [InlineData(-2, "pod-a", "Ok", "ops/rollout-operator is held by pod-a, renewed 2s ago")]
    [InlineData(-300, "pod-a", "Fail", "renewed 5m ago, and has run out")]
    [InlineData(-2, "", "Fail", "nobody holds the Lease ops/rollout-operator")]
    public void A_Lease_has_a_holder_who_renews_it(int renewed, string holder, string result, string message) => Is(
        OperatorChecks.Leader(
            new([], []), Home, new() { Spec = new() { HolderIdentity = holder, RenewTime = Now.AddSeconds(renewed).UtcDateTime, LeaseDurationSeconds = 15 } }, Now),
        result,
        message);

    [Fact]
    public void Without_a_Lease_nobody_leads_unless_none_is_needed()
    {
        Is(OperatorChecks.Leader(new([], []), Home, null, Now), "Fail", "there is no Lease ops/rollout-operator");
        Is(OperatorChecks.Leader(new(["--leader-elect=false"], []), Home, null, Now), "Ok", "none is needed");
        Is(OperatorChecks.Leader(new(["--dry-run"], []), Home, null, Now), "Ok", "none is needed");
    }

    [Fact]
    public void The_digest_key_is_named_and_never_shown()
    {
        var keys = DigestKeys.FromBytes([.. Enumerable.Range(0, 32).Select(i => (byte)i)], []);
        Is(OperatorChecks.DigestKey(Home with { Keys = keys! }), "Ok", $"the Secret ops/rollout-operator-digest-key has the key {keys!.CurrentId}");
        Is(OperatorChecks.DigestKey(Home), "Fail", "there is no Secret");
        Is(OperatorChecks.DigestKey(Home with { AreKeysForbidden = true }), "Skip", "it takes get on secrets/rollout-operator-digest-key in the namespace ops");
        Is(OperatorChecks.DigestKey(Home.With(new(["--sources=configmaps"], []))), "Ok", "none is needed");
    }

    [Fact]
    public void The_options_are_those_of_the_reference()
    {
        var page = File.ReadAllText(PathOf("docs/reference/cli.md"));
        var run = page[page.IndexOf("## rollout-operator run", StringComparison.Ordinal)..page.IndexOf("## rollout-operator key", StringComparison.Ordinal)];
        Assert.Equal(Rows().Matches(run).SelectMany(row => row.Groups["name"].Captures.Select(name => name.Value)).Order(StringComparer.Ordinal), RunOptions.All.Order(StringComparer.Ordinal));
    }

    private static void Is(CheckReport check, string result, string message)
    {
        Assert.Equal(result, check.Result.ToString());
        Assert.Contains(message, check.Message, StringComparison.Ordinal);
        Assert.Equal(check.Result is CheckResult.Warn or CheckResult.Fail, check.Remedy is not null);
    }

    private static V1Deployment Deployment(string space, int wanted, int ready, params string[] arguments) => new()
    {
        Metadata = new() { NamespaceProperty = space, Name = "rollout-operator" },
        Spec = new() { Replicas = wanted, Template = new() { Spec = new() { Containers = [new() { Name = "operator", Image = "registry/rollout-operator:1.2.3", Args = arguments }] } } },
        Status = new() { ReadyReplicas = ready },
    };

    private static string PathOf(string path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, path)))
            {
                return Path.Combine(folder.FullName, path);
            }
        }

        throw new FileNotFoundException(path);
    }

    [GeneratedRegex(@"^\| `(?<name>--[a-z-]+)(?:, (?<name>-\w))?[ `]", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Rows();
}
