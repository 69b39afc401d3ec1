using System.CommandLine;
using RolloutOperator.Cli;

namespace RolloutOperator.Tests.Cli;

public class CommandLineTests
{
    // The options of the command are one set for the whole program, as is the command.
    private static readonly RootCommand Root = new() { RunCommand.Build() };

    [Theory]
    [InlineData("run")]
    [InlineData("run --settle 0 --listen :0 --log-level debug --log-format json")]
    [InlineData("run --settle 1m30s --listen [::1]:8080 --log-format auto")]
    [InlineData("run -n shop --namespace office -n 0x --operator-namespace rollout-operator --kubeconfig k --context c")]
    [InlineData("run --workload-kind example.com/v1/widgets/Widget:spec.podTemplate --workload-kind argoproj.io/v1alpha1/rollouts/Rollout")]
    [InlineData("run --auto")]
    [InlineData("run --allow-cross-namespace")]
    [InlineData("run --workload-selector team=shop")]
    [InlineData("run --workload-selector app.kubernetes.io/part-of==shop,tier!=test,!legacy,web")]
    [InlineData("run --namespace-selector env=prod,!legacy --exclude-namespace kube-system --exclude-namespace kube-public")]
    [InlineData("run --exclude-namespace kube-system --auto")]
    [InlineData("run --stall-after 1s")]
    [InlineData("run --images off")]
    [InlineData("run --images=on --image-poll-interval 1s")]
    [InlineData("run --sources configmaps")]
    [InlineData("run --sources=secrets,images,serviceaccounts")]
    [InlineData("run --sources configmaps,images --images on")]
    [InlineData("run --sources configmaps --images off")]
    [InlineData("run --leader-elect=false")]
    [InlineData("run --otlp-endpoint http://collector:4318")]
    [InlineData("run --otlp-endpoint https://[::1]/otlp/v1/traces")]
    [InlineData("run --lease-duration 5s --renew-deadline 3s --retry-period 500ms --lease-name a.b-c --identity me")]
    public void What_the_help_says_is_understood(string line) => Assert.Empty(Errors(line));

    [Theory]
    [InlineData("run", "Information")]
    [InlineData("run --log-level info", "Information")]
    [InlineData("run --log-level information", "Information")]
    [InlineData("run --log-level warn", "Warning")]
    [InlineData("run --log-level warning", "Warning")]
    [InlineData("run --log-level trace", "Trace")]
    [InlineData("run --log-level debug", "Debug")]
    [InlineData("run --log-level error", "Error")]
    public void A_level_has_the_name_that_the_log_gives_it(string line, string level) => Assert.Equal(
        level, RunFlags.Read(CommandLine.Build().Parse(line).CommandResult, endpoint: null).LogLevel.ToString());

    [Theory]
    [InlineData("run", false, true)]
    [InlineData("run --dry-run", true, false)]
    [InlineData("run --dry-run --settle 0", true, false)]
    [InlineData("run --dry-run=True --leader-elect", true, false)]
    [InlineData("run --dry-run false --leader-elect=false", false, false)]
    [InlineData("run --leader-elect", false, true)]
    public void An_option_alone_means_true_and_a_dry_run_elects_nobody(string line, bool isDryRun, bool elects)
    {
        var options = RunFlags.Read(CommandLine.Build().Parse(line).CommandResult, endpoint: null);
        Assert.Equal((isDryRun, elects), (options.DryRun, options.LeaderElect));
        Assert.Equal(isDryRun, options.Installation is null);
    }

    [Theory]
    [InlineData("run", "ConfigMap, Secret, Image, ServiceAccount")]
    [InlineData("run --images on", "ConfigMap, Secret, Image, ServiceAccount")]
    [InlineData("run --images off", "ConfigMap, Secret, ServiceAccount")]
    [InlineData("run --sources images,configmaps", "ConfigMap, Image")]
    public void The_sources_are_all_kinds_unless_something_else_is_said(string line, string sources) => Assert.Equal(
        sources, string.Join(", ", RunFlags.Read(CommandLine.Build().Parse(line).CommandResult, endpoint: null).Scope.Reading.Sources));

    [Theory]
    [InlineData("run --image-poll-interval 999ms", "--image-poll-interval 999ms: write a duration such as 30s or 5m, at least 1s and at most a day.")]
    [InlineData("run --image-poll-interval often", "--image-poll-interval often: write a duration such as 30s or 5m, at least 1s and at most a day.")]
    [InlineData("run --registries no/such/file", "--registries no/such/file: the file cannot be read.")]
    [InlineData("run --push-notifications-listen :8081", "--push-notifications-listen and --push-notifications-secret-file belong together: name both or neither.")]
    [InlineData("run --otlp-endpoint collector:4317", "--otlp-endpoint collector:4317: write a URL such as http://collector:4318, without a user; headers go into $OTEL_EXPORTER_OTLP_HEADERS.")]
    [InlineData("run --otlp-endpoint http://me:secret@collector:4318", "--otlp-endpoint: write a URL such as http://collector:4318, without a user; headers go into $OTEL_EXPORTER_OTLP_HEADERS.")]
    [InlineData("run --dry-run maybe", "--dry-run maybe: write true or false.")]
    [InlineData("run --auto=1", "--auto 1: write true or false.")]
    [InlineData("run --leader-elect no", "--leader-elect no: write true or false.")]
    [InlineData("run --settle soon", "--settle soon: write a duration such as 500ms, 1s or 1m30s, at most a day.")]
    [InlineData("run --settle 25h", "--settle 25h: write a duration such as 500ms, 1s or 1m30s, at most a day.")]
    [InlineData("run --listen here", "--listen here: write an address such as 127.0.0.1:8080, [::1]:8080 or :8080.")]
    [InlineData("run --listen :99999", "--listen :99999: write an address such as 127.0.0.1:8080, [::1]:8080 or :8080.")]
    [InlineData("run --namespace Shop", "--namespace \"Shop\": that is no name of a namespace.")]
    [InlineData("run -n shop -n -office", "--namespace \"-office\": that is no name of a namespace.")]
    [InlineData("run -n office-", "--namespace \"office-\": that is no name of a namespace.")]
    [InlineData("run -n a.b", "--namespace \"a.b\": that is no name of a namespace.")]
    [InlineData("run --operator-namespace a/b", "--operator-namespace \"a/b\": that is no name of a namespace.")]
    [InlineData("run --workload-kind Widget", "--workload-kind Widget: write GROUP/VERSION/RESOURCE/KIND, such as example.com/v1/widgets/Widget, and where the pod template is, such as :spec.podTemplate, unless that is spec.template.")]
    [InlineData("run --workload-kind batch/v1/jobs/Job", "--workload-kind batch/v1/jobs/Job: the pod template of a Job cannot change (field is immutable), so a Job cannot be rolled; a CronJob can: batch/v1/cronjobs/CronJob:spec.jobTemplate.spec.template.")]
    [InlineData("run --workload-kind a.b/v1/daemonsets/DaemonSet", "--workload-kind a.b/v1/daemonsets/DaemonSet: there is a kind DaemonSet or a resource daemonsets.a.b already; each may be there once.")]
    [InlineData("run --workload-kind a.b/v1/xs/X --workload-kind c.d/v1/xs/X", "--workload-kind c.d/v1/xs/X: there is a kind X or a resource xs.c.d already; each may be there once.")]
    [InlineData("run --workload-selector team=shop=office", "--workload-selector \"team=shop=office\": write a label selector such as app=shop, tier!=test or \"tier in (web,api),!legacy\".")]
    [InlineData("run --workload-selector a,,b", "--workload-selector \"a,,b\": write a label selector such as app=shop, tier!=test or \"tier in (web,api),!legacy\".")]
    [InlineData("run --namespace-selector a=b=c", "--namespace-selector \"a=b=c\": write a label selector such as app=shop, tier!=test or \"tier in (web,api),!legacy\".")]
    [InlineData("run --exclude-namespace a_b", "--exclude-namespace \"a_b\": that is no name of a namespace.")]
    [InlineData("run -n a --namespace-selector b", "--namespace and --namespace-selector exclude each other: one names the namespaces, the other finds them.")]
    [InlineData("run --exclude-namespace b -n a", "--namespace and --exclude-namespace exclude each other: leave the namespace out of the list instead.")]
    [InlineData("run --auto --workload-selector a", "--auto and --workload-selector exclude each other: one enrols everything, the other what it finds.")]
    [InlineData("run --sources pods", "--sources pods: write some of configmaps,secrets,images,serviceaccounts, with commas between them.")]
    [InlineData("run --sources configmaps,", "--sources configmaps,: write some of configmaps,secrets,images,serviceaccounts, with commas between them.")]
    [InlineData("run --sources configmaps --images on", "--images on and --sources contradict each other: leave --images out, and add images to --sources.")]
    [InlineData("run --sources images --images off", "--images off and --sources contradict each other: leave --images out, and take images out of --sources.")]
    [InlineData("run --lease-duration 6m", "--lease-duration 360s: at most 300s.")]
    [InlineData("run --lease-duration long", "--lease-duration long: write a duration such as 500ms, 15s or 1m30s.")]
    [InlineData("run --renew-deadline 15s", "--renew-deadline 15s: must be shorter than --lease-duration (15s), so that a leader stops before another one begins.")]
    [InlineData("run --renew-deadline 2.4s", "--renew-deadline 2.4s: must be longer than 1.2 times --retry-period (2s), so that a renewal comes before it.")]
    [InlineData("run --retry-period 0", "--retry-period 0s: at least 0.1s.")]
    [InlineData("run --lease-name A", "--lease-name \"A\": that is no name of a Lease; write lower-case letters, digits, \"-\" and \".\".")]
    [InlineData("run --identity \" me\"", "--identity: write a name of 1 to 253 characters, without spaces around it.")]
    [InlineData("run --stall-after 0", "--stall-after 0: write a duration such as 90s or 10m, at least 1s and at most a day.")]
    [InlineData("run --stall-after never", "--stall-after never: write a duration such as 90s or 10m, at least 1s and at most a day.")]
    public void A_wrong_value_is_named_and_what_would_be_right_is_said(string line, string error) => Assert.Equal([error], Errors(line));

    [Theory]
    [InlineData("run --log-level loud", "loud")]
    [InlineData("run --log-format xml", "xml")]
    [InlineData("run --setle 1s", "--setle")]
    [InlineData("run now", "now")]
    [InlineData("walk", "walk")]
    [InlineData("run --settle", "--settle")]
    public void What_is_not_understood_is_named(string line, string named) =>
        Assert.Contains(Errors(line), error => error.Contains(named, StringComparison.Ordinal));

    [Fact]
    public void A_selector_may_have_sets_and_spaces()
    {
        Assert.Empty(Root.Parse(["run", "--workload-selector", "tier in (web, api) , team notin (x,)"]).Errors);
        Assert.Single(Root.Parse(["run", "--workload-selector", "tier in web"]).Errors);
        Assert.Single(Root.Parse(["run", "--workload-selector", ""]).Errors);
    }

    [Fact]
    public void A_namespace_may_have_63_characters_and_no_more()
    {
        Assert.Empty(Errors("run -n " + new string('a', 63)));
        Assert.Single(Errors("run -n " + new string('a', 64)));
    }

    [Fact]
    public async Task A_kubeconfig_that_is_not_there_is_named_and_has_its_exit_code()
    {
        using var errors = new StringWriter();
        string path = Path.Combine(Path.GetTempPath(), "no-such-folder", "kubeconfig");
        int code = await Root.Parse(["run", "--kubeconfig", path]).InvokeAsync(new InvocationConfiguration { Error = errors });
        Assert.Equal((int)ExitCode.Configuration, code);
        Assert.StartsWith("rollout-operator: ", errors.ToString(), StringComparison.Ordinal);
        Assert.Contains(path, errors.ToString(), StringComparison.Ordinal);
    }

    private static string[] Errors(string line) => [.. Root.Parse(line).Errors.Select(error => error.Message)];
}
