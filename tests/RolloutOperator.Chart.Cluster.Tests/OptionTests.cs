using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using RolloutOperator.Chart.Cluster.Tests.Harness;

namespace RolloutOperator.Chart.Cluster.Tests;

/// <summary>
/// No value renders and then ends the program: helm and the program get the same values, and both take them or both refuse
/// them. What helm takes, the program takes as it is rendered.
/// </summary>
public sealed class OptionTests
{
    // What the program ends with when its command line is right and there is no cluster.
    private const int NoKubeconfig = 3;

    private static readonly string Long = new('a', 64);

    private static readonly Pair[] Pairs =
    [
        .. Of("settle", "--settle", "0", "500ms", "1s", "1m30s", "24h", ".5s", "5.s", "48h", "86401s", "5", "soon", "-1s", "1d", "1s1s1s1s1s", ""),
        .. Of("stallAfter", "--stall-after", "1s", "10m", "1000ms", "999ms", "0", "25h", "never"),
        .. Of("images.pollInterval", "--image-poll-interval", "1s", "5m", "100ms", "0", "1e3s", "often"),
        .. Of("leaderElection.leaseDuration", "--lease-duration", "15s", "11s", "5m", "10m", "5s", "10s", "300.1s", "15"),
        .. Of("leaderElection.renewDeadline", "--renew-deadline", "10s", "2.5s", "2.4s", "15s", "1m"),
        .. Of("leaderElection.retryPeriod", "--retry-period", "2s", "100ms", "99ms", "9s", "0"),
        .. Of("leaderElection.leaseName", "--lease-name", "a.b-c", "A", "a..b", "-a", "a_b", string.Join('.', Enumerable.Repeat(Long[1..], 4))),
        .. Of("log.level", "--log-level", "trace", "debug", "info", "warn", "error", "information", "warning", "verbose", "Info", "fatal"),
        .. Of("log.format", "--log-format", "json", "text", "auto", "xml"),
        .. Of("tracing.endpoint", "--otlp-endpoint", "http://collector:4318", "https://[::1]/otlp", "collector:4317", "http://me:secret@collector", "http://c:99999", "ftp://c", "http://"),
        .. Of("scope.namespaceSelector", "--namespace-selector", "team=shop", "tier in (web, api),!legacy", "a=b=c", "a,,b", "tier in web"),
        .. Of("enrolment.workloadSelector", "--workload-selector", "app.kubernetes.io/part-of=shop", "a==b,c!=d", "a b", "-a"),
        .. OfList("scope.namespaces", "--namespace", "shop", "0x", "Shop", "a.b", "-a", Long[1..], Long),
        .. OfList("scope.excludedNamespaces", "--exclude-namespace", "kube-system", "a_b"),
        .. OfList("sources", "--sources", "configmaps", "serviceaccounts", "pods"),
        Kind("example.com", "v1", "widgets", "Widget"), Kind("example.com", "v1", "widgets", "Widget", "spec.podTemplate"), Kind("batch", "v1", "cronjobs", "CronJob", "spec.jobTemplate.spec.template"),
        Kind("batch", "v1", "jobs", "Job"), Kind("apps", "v1", "controllerrevisions", "ControllerRevision"), Kind("apps", "v1", "deployments", "Another"),
        Kind("example.com", "v1", "daemonsets", "DaemonSet"), Kind("a..b", "v1", "xs", "X"), Kind("a.b", "one", "xs", "X"), Kind("a.b", "v1", "xs", "x"), Kind("a.b", "v1", "xs", "X", "spec..template"),
        .. OfRegistries(
            """{"deny":["a.example"]}""", """{"allow":["*.example:5000"]}""", """{"allow":["https://a"]}""", """{"networks":["10.0.0.0/8"]}""", """{"networks":["ten"]}""",
            """{"requestsPerSecond":0.01}""", """{"requestsPerSecond":0.001}""", """{"requestsPerSecond":1001}""", """{"denied":["a"]}""",
            """{"registries":{"a.example:5000":{"http":true}}}""", """{"registries":{"a.example:99999":{}}}""", """{"registries":{"a_b":{}}}""", """{"registries":{"a":{"insecure":true}}}""",
            """{"registries":{"a":{"http":"yes"}}}""", """{"registries":{"a":{"mirror":"b.example/mirror"}}}""", """{"registries":{"a":{"mirror":"https://b"}}}""", """{"registries":{"a":{"realms":["auth.example"]}}}"""),
        .. OfArguments("--kubeconfig=/etc/kubeconfig", "--context=there", "--settle=2s", "--settle:2s", "--log-level=debug", "--no-such-flag", "--setle=1s", "--help", "--context"),
        new(["""extraArgs=["--context=a","--context=b"]"""], ["--context=a", "--context=b"]) { Beside = true },
    ];

    [Fact]
    public async Task Helm_and_the_program_accept_and_refuse_the_same_values()
    {
        Assert.True(Pairs.Length >= 60);
        var usual = Arguments(await Rendered.OfAsync());
        await AgreeAsync(Pairs, async pair =>
        {
            var (helm, rendered) = await HelmAsync(pair);
            var program = await ProgramAsync(pair.Registries, pair.Beside ? [.. usual, .. pair.Arguments] : pair.Arguments);
            return helm != program ? $"helm {(helm ? "accepts" : "refuses")} {pair}, and the program does not"
                : helm && !await ProgramAsync(pair.Registries, Arguments(rendered!)) ? $"the program refuses what is rendered of {pair}"
                : null;
        });
    }

    [Fact]
    public async Task A_value_of_null_is_refused_or_accepted_by_the_program_as_it_is_rendered()
    {
        var values = ChartValues.Read().Where(value => value.Default is JsonValue && Pairs.Any(pair => pair.Sets[0].StartsWith(value.Path + "=", StringComparison.Ordinal)))
            .Select(value => value.Path).Concat(["listenPort", "leaderElection.enabled", "images.enabled", "sources", "scope.namespaces", "extraArgs"]);
        await AgreeAsync(values.Select(path => new Pair([path + "=null"], [])), async pair =>
            await HelmAsync(pair) is (true, { } rendered) && !await ProgramAsync(null, Arguments(rendered)) ? $"the program refuses what is rendered of {pair}" : null);
        foreach (var context in new[] { "securityContext", "podSecurityContext" })
        {
            var ran = await Tool.HelmAsync("template", "ro", Checkout.Chart, "--set", context + "=null");
            Assert.NotEqual(0, ran.ExitCode);
            Assert.Contains("securityContext and podSecurityContext may not be null", ran.Errors, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""settle="48h" """, "settle is \"48h\", which --settle refuses: write a duration such as 500ms, 1s or 1m30s, at most a day.")]
    [InlineData("""images.pollInterval="100ms" """, "images.pollInterval is \"100ms\", which --image-poll-interval refuses: ")]
    [InlineData("""leaderElection.leaseDuration="10m" """, "leaderElection.leaseDuration is at most 300s")]
    [InlineData("""leaderElection.leaseDuration="5s" """, "leaderElection.renewDeadline (10s) must be shorter than leaderElection.leaseDuration (5s)")]
    [InlineData("""extraArgs=["--settle=2s"]""", "extraArgs has --settle, which the chart sets from a value of its own: settle")]
    [InlineData("""extraArgs=["--no-such-flag"]""", "extraArgs has --no-such-flag, which rollout-operator run does not know")]
    [InlineData("""enrolment.workloadSelector="a=b=c" """, "enrolment.workloadSelector is \"a=b=c\", which --workload-selector refuses: write a label selector")]
    [InlineData("""workloadKinds=[{"group":"batch","version":"v1","resource":"jobs","kind":"Job"}]""", "workloadKinds has batch/jobs: the pod template of a Job cannot change")]
    public async Task What_is_refused_is_named_with_the_reason(string value, string said)
    {
        var ran = await Tool.HelmAsync("template", "ro", Checkout.Chart, "--set-json", value);
        Assert.NotEqual(0, ran.ExitCode);
        Assert.Contains(said, ran.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Extra_arguments_know_every_option_that_the_chart_sets()
    {
        var table = JsonNode.Parse(Checkout.Read("charts", "rollout-operator", "files", "options.json"))!["options"]!.AsObject().Select(option => option.Key).ToList();
        var template = Checkout.Read("charts", "rollout-operator", "templates", "_pod.tpl");
        var set = System.Text.RegularExpressions.Regex.Matches(template, "--[a-z-]+[a-z]").Select(match => match.Value).Distinct().ToList();
        Assert.Empty(set.Except(table));
        await AgreeAsync(set.Select(option => new Pair([$"extraArgs=[\"{option}=x\"]"], [])), async pair =>
            await HelmAsync(pair) is (true, _) ? $"helm accepts {pair}, which the chart sets" : null);
    }

    private static async Task AgreeAsync(IEnumerable<Pair> pairs, Func<Pair, Task<string?>> differenceAsync)
    {
        ConcurrentBag<string> differences = [];
        await Parallel.ForEachAsync(pairs, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (pair, _) =>
        {
            if (await differenceAsync(pair) is { } difference)
            {
                differences.Add(difference);
            }
        });
        Assert.True(differences.IsEmpty, string.Join('\n', differences.Order(StringComparer.Ordinal)));
    }

    private static async Task<(bool Accepts, Rendered? Rendered)> HelmAsync(Pair pair)
    {
        var ran = await Tool.HelmAsync(["template", "ro", Checkout.Chart, .. pair.Sets.SelectMany(set => new[] { "--set-json", set })]);
        return (ran.ExitCode == 0, ran.ExitCode == 0 ? Rendered.Parse(ran.Output) : null);
    }

    private static string[] Arguments(Rendered rendered) =>
        [.. Rendered.Texts(rendered.The("Deployment"), "spec.template.spec.containers.0.args").Skip(1)];

    private static async Task<bool> ProgramAsync(string? registries, string[] arguments)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, registries ?? "{}", TestContext.Current.CancellationToken);
            var ran = await Tool.ProgramAsync(["run", .. arguments.Select(each => each.Replace("/etc/rollout-operator/registries.json", file, StringComparison.Ordinal))]);
            return ran.ExitCode == NoKubeconfig;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static IEnumerable<Pair> Of(string path, string option, params string[] values) =>
        values.Select(value => new Pair([$"{path}={JsonSerializer.Serialize(value)}"], [$"{option}={value}"]));

    private static IEnumerable<Pair> OfList(string path, string option, params string[] values) =>
        values.Select(value => new Pair([$"{path}=[{JsonSerializer.Serialize(value)}]"], [$"{option}={value}"]));

    private static IEnumerable<Pair> OfRegistries(params string[] values) =>
        values.Select(value => new Pair([$"images.registries={value}"], ["--registries=/etc/rollout-operator/registries.json"]) { Registries = value });

    private static IEnumerable<Pair> OfArguments(params string[] arguments) =>
        arguments.Select(argument => new Pair([$"extraArgs=[\"{argument}\"]"], [argument]) { Beside = true });

    private static Pair Kind(string group, string version, string resource, string kind, string? path = null) => new(
        [$"workloadKinds={JsonSerializer.Serialize(new[] { new { group, version, resource, kind, path = path ?? "spec.template" } })}"],
        [$"--workload-kind={group}/{version}/{resource}/{kind}:{path ?? "spec.template"}"]);

    /// <summary>Values of the chart, and what they are on the command line.</summary>
    private sealed record Pair(string[] Sets, string[] Arguments)
    {
        public string? Registries { get; init; }

        /// <summary>Whether they come after the arguments that the chart always sets.</summary>
        public bool Beside { get; init; }

        public override string ToString() => string.Join(' ', Sets);
    }
}
