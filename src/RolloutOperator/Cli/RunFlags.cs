using System.CommandLine;
using System.CommandLine.Parsing;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using RolloutOperator.Core.Templates;
using RolloutOperator.Hosting;
using RolloutOperator.Kubernetes;
using RolloutOperator.Leadership;
using RolloutOperator.Registry;
using RolloutOperator.Serving;
using static RolloutOperator.Cli.OptionTypes;

namespace RolloutOperator.Cli;

/// <summary>The options of <c>rollout-operator run</c>, and how they become <see cref="OperatorOptions"/>.</summary>
internal static class RunFlags
{
    // Where a collector takes traces, unless something else is said (OTLP specification, OTLP/HTTP request).
    private const string TracesPath = "/v1/traces";

    // Whoever guesses the secret can only trigger extra checks.
    private const int ShortestSecret = 16;

    private static readonly TimeSpan OneSecond = TimeSpan.FromSeconds(1);

    private static readonly Option<TimeSpan?> Settle = Duration(
        "--settle",
        "How long to wait after the last change before a workload is rolled, such as 500ms, 1s or 1m30s; 0 for immediately. Default: 1s.",
        "500ms, 1s or 1m30s, at most a day");

    private static readonly Option<ListenAddress?> Listen = Address(
        "--listen",
        $"The address of /metrics, /healthz and /readyz; port 0 takes a free one. Default: {ListenAddress.Default}.",
        "such as 127.0.0.1:8080, [::1]:8080 or :8080",
        anyPort: true);

    private static readonly Option<bool> MetricsAuthentication = new("--metrics-authentication")
    {
        Description = "Serves /metrics only to whoever has a bearer token with which the API server allows to get /metrics. Needs create on tokenreviews and subjectaccessreviews.",
    };

    private static readonly Option<string?> Level = Choice(
        "--log-level",
        "level",
        "trace, debug, info, warn or error. Info reports every change that the operator makes in the cluster. The words information and warning are understood too. Default: info.",
        "trace", "debug", "info", "warn", "error", "information", "warning");

    private static readonly Option<string?> Format = Choice(
        "--log-format", "format", "json, text, or auto: text on a terminal and JSON otherwise. Default: auto.", "auto", "json", "text");

    private static readonly Option<string[]> Watched = Namespaces(
        "--namespace", "A namespace to watch; may be repeated. Needs no cluster-wide right. Default: all namespaces.", "-n");

    private static readonly Option<string?> NamespaceSelector = Selector(
        "--namespace-selector", "Watches the namespaces that this label selector matches, for as long as it matches. Default: all namespaces.");

    private static readonly Option<string[]> Excluded = Namespaces(
        "--exclude-namespace", $"A namespace where nothing is enrolled, whatever {Names.Enabled} says; may be repeated. Default: none.");

    private static readonly Option<WorkloadKinds?> Kinds = new("--workload-kind")
    {
        Description = "An additional kind with a pod template, such as example.com/v1/widgets/Widget:spec.podTemplate; "
            + "without a path, the template is at spec.template. May be repeated. Default: Deployment, StatefulSet and DaemonSet, which are always included.",
        HelpName = "group/version/resource/kind[:path]",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        CustomParser = ParseKinds,
    };

    private static readonly Option<string?> WorkloadSelector = Selector(
        "--workload-selector", $"Enrols the workloads that this label selector matches, instead of those with the label {Names.Enabled}=true.");

    private static readonly Option<bool> Auto = new("--auto")
    {
        Description = $"Enrols every workload of the watched namespaces that does not have the label {Names.Enabled}=false.",
    };

    private static readonly Option<bool> CrossNamespace = new("--allow-cross-namespace")
    {
        Description = $"Allows {Names.Include} and {Names.Exclude} to name sources in other namespaces, such as configmap/shop/a.",
    };

    private static readonly Option<TimeSpan?> StallAfter = Duration(
        "--stall-after",
        "How long a rollout may make no progress before it is reported as failed, such as 90s or 10m. Default: 10m.",
        "90s or 10m, at least 1s and at most a day",
        OneSecond);

    private static readonly Option<TimeSpan?> ResyncPeriod = Duration(
        "--resync-period",
        "The longest time between two complete lists of what is watched, which find changes that no watch reported; 0 for never. Default: 10h.",
        "30m or 10h, at most a day");

    private static readonly Option<bool> LeaderElect = new("--leader-elect")
    {
        Description = "Whether replicas elect a leader, the only one that acts, with a Lease in the operator's namespace. With false, run one replica only. Default: true.",
        DefaultValueFactory = _ => true,
        HelpName = "true|false",
    };

    private static readonly Option<string?> LeaseName = Text("--lease-name", "name", "The name of the Lease. Default: rollout-operator.");

    private static readonly Option<TimeSpan?> LeaseDuration = OfLease(
        "--lease-duration", LeaseTimes.Default.Duration, "How long the other replicas wait after the last renewal before one of them takes over, at most 5m.");

    private static readonly Option<TimeSpan?> RenewDeadline = OfLease(
        "--renew-deadline", LeaseTimes.Default.RenewDeadline, "How long a leader may act after its last renewal of the Lease; less than --lease-duration.");

    private static readonly Option<TimeSpan?> RetryPeriod = OfLease(
        "--retry-period", LeaseTimes.Default.RetryPeriod, "How often the leader renews the Lease, and how soon a failed request is retried.");

    private static readonly Option<string?> Identity = Text(
        "--identity", "name", "The name of this replica in the Lease. Default: $POD_NAME, else the host name and a random suffix.");

    private static readonly Option<TimeSpan?> ImagePollInterval = Duration(
        "--image-poll-interval",
        "How often each tag is checked in its registry, such as 30s or 5m, at least 1s. Default: 5m.",
        "30s or 5m, at least 1s and at most a day",
        OneSecond);

    private static readonly Option<RegistrySettings?> Registries = File(
        "--registries",
        "A JSON file with settings of registries, and which of them may be contacted. Default: those with public addresses, over https.",
        ReadRegistries);

    private static readonly Option<ListenAddress?> NotificationsListen = Address(
        "--push-notifications-listen",
        "The address for push notifications from registries (POST /push-notifications), which trigger an immediate check. Default: none.",
        "with a port, such as 127.0.0.1:8081, [::1]:8081 or :8081",
        anyPort: false);

    private static readonly Option<string?> NotificationsSecret = File(
        "--push-notifications-secret-file",
        $"A file with the secret that push notifications must carry, at least {ShortestSecret} characters. Required with --push-notifications-listen.",
        ReadSecret);

    private static readonly Option<Uri?> Traces = new("--otlp-endpoint")
    {
        Description = "Where to send traces, as OTLP over HTTP, such as http://collector:4318. Default: none.",
        HelpName = "URL",
        CustomParser = ParseTraces,
    };

    public static IEnumerable<Option> All =>
    [
        Settle, Listen, MetricsAuthentication, Level, Format,
        .. ConnectionFlags.All,
        Watched, NamespaceSelector, Excluded, Kinds, WorkloadSelector, Auto, CrossNamespace, StallAfter, ResyncPeriod,
        LeaderElect, LeaseName, LeaseDuration, RenewDeadline, RetryPeriod, Identity,
        .. SourceFlags.All, ImagePollInterval, Registries, NotificationsListen, NotificationsSecret, Traces,
    ];

    /// <summary>Reports options that do not fit together.</summary>
    public static void Validate(CommandResult result)
    {
        OperatorOptions options;
        try
        {
            options = Read(result, endpoint: null);
        }
        catch (InvalidOperationException)
        {
            // A value that cannot be read is reported by its own option.
            return;
        }

        SourceFlags.Validate(result);
        foreach (var failure in new OperatorOptionsValidator().Validate(name: null, options).Failures ?? [])
        {
            result.AddError(failure);
        }
    }

    /// <param name="result">The command.</param>
    /// <param name="endpoint">The endpoint that the kubeconfig names; null while it has not been loaded.</param>
    public static OperatorOptions Read(CommandResult result, KubeEndpoint? endpoint)
    {
        var (home, auto, selector) = (ConnectionFlags.NamespaceOf(result, endpoint), result.GetValue(Auto), result.GetValue(WorkloadSelector));
        var enrolment = auto ? Enrolment.Automatic : selector is not null ? Enrolment.BySelector(selector) : Enrolment.ByLabel;
        return new()
        {
            Scope = new()
            {
                Namespaces = Distinct(result.GetValue(Watched)),
                Excluded = Distinct(result.GetValue(Excluded)),
                Selector = result.GetValue(NamespaceSelector),
                Kinds = result.GetValue(Kinds) ?? WorkloadKinds.BuiltIn,
                Reading = new(enrolment) { CrossNamespace = result.GetValue(CrossNamespace), Sources = [.. SourceFlags.Read(result)] },
            },
            Auto = auto,
            WorkloadSelector = selector,
            OperatorNamespace = home,
            LeaderElect = result.GetValue(LeaderElect),
            Election = ReadElection(result, home),
            Settle = result.GetValue(Settle) ?? OneSecond,
            StallAfter = result.GetValue(StallAfter) ?? TimeSpan.FromMinutes(10),
            ResyncPeriod = result.GetValue(ResyncPeriod) ?? TimeSpan.FromHours(10),
            ImagePollInterval = result.GetValue(ImagePollInterval) ?? TimeSpan.FromMinutes(5),
            Registries = result.GetValue(Registries) ?? RegistrySettings.Default,
            PushNotifications = new() { Listen = result.GetValue(NotificationsListen), Secret = result.GetValue(NotificationsSecret) },
            Traces = result.GetValue(Traces),
            Listen = result.GetValue(Listen) ?? ListenAddress.Default,
            AuthenticateMetrics = result.GetValue(MetricsAuthentication),
            LogLevel = result.GetValue(Level) switch
            {
                "trace" => LogLevel.Trace,
                "debug" => LogLevel.Debug,
                "warn" or "warning" => LogLevel.Warning,
                "error" => LogLevel.Error,
                _ => LogLevel.Information,
            },
            JsonLogs = result.GetValue(Format) switch { "json" => true, "text" => false, _ => Console.IsOutputRedirected },
        };
    }

    private static ElectionSettings ReadElection(CommandResult result, string @namespace)
    {
        var given = result.GetValue(Identity);
        var pod = Environment.GetEnvironmentVariable("POD_NAME") is { Length: > 0 } name ? name : null;
        return new(
            @namespace,
            result.GetValue(LeaseName) ?? "rollout-operator",
            given ?? pod ?? $"{Environment.MachineName}_{RandomNumberGenerator.GetHexString(8, lowercase: true)}",

            // Two processes can be given one name by mistake; a pod's name, and a random one, are unique.
            IsUnique: given is null,
            new(
                result.GetValue(LeaseDuration) ?? LeaseTimes.Default.Duration,
                result.GetValue(RenewDeadline) ?? LeaseTimes.Default.RenewDeadline,
                result.GetValue(RetryPeriod) ?? LeaseTimes.Default.RetryPeriod));
    }

    private static Option<TimeSpan?> OfLease(string name, TimeSpan unsaid, string description) =>
        Duration(name, $"{description} Default: {unsaid.TotalSeconds}s.", "500ms, 15s or 1m30s");

    private static string[] Distinct(string[]? names) => [.. (names ?? []).Distinct(StringComparer.Ordinal)];

    private static WorkloadKinds ParseKinds(ArgumentResult result)
    {
        var kinds = WorkloadKinds.BuiltIn;
        foreach (var token in result.Tokens)
        {
            if (!WorkloadKind.TryParse(token.Value, out var kind))
            {
                result.AddError($"--workload-kind {token.Value}: write GROUP/VERSION/RESOURCE/KIND, such as example.com/v1/widgets/Widget, "
                    + "and where the pod template is, such as :spec.podTemplate, unless that is spec.template.");
            }
            else if (kind.Unsuitable is { } reason)
            {
                result.AddError($"--workload-kind {token.Value}: {reason}.");
            }
            else if (kinds.TryAdd(kind, out var more))
            {
                kinds = more;
            }
            else
            {
                result.AddError($"--workload-kind {token.Value}: there is a kind {kind.Kind} or a resource {kind.Resource} already; each may be there once.");
            }
        }

        return kinds;
    }

    private static RegistrySettings? ReadRegistries(string file, Action<string> addProblem)
    {
        if (RegistrySettings.TryRead(System.IO.File.ReadAllBytes(file), out var settings, out var problems))
        {
            return settings;
        }

        problems.ToList().ForEach(addProblem);
        return null;
    }

    private static string? ReadSecret(string file, Action<string> addProblem)
    {
        var secret = System.IO.File.ReadAllText(file).Trim();
        if (secret.Length >= ShortestSecret && !secret.Contains('/', StringComparison.Ordinal) && secret.All(c => c is > ' ' and < '\u007f'))
        {
            return secret;
        }

        addProblem($"write at least {ShortestSecret} visible ASCII characters into it, without \"/\"");
        return null;
    }

    private static Uri? ParseTraces(ArgumentResult result)
    {
        if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var uri)
            && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps) && uri.Host.Length > 0 && uri.UserInfo.Length == 0)
        {
            return uri.AbsolutePath == "/" ? new(uri, TracesPath) : uri;
        }

        // What has a user may have a password, which belongs in no error.
        var said = uri?.UserInfo.Length > 0 ? "" : " " + result.Tokens[0].Value;
        result.AddError($"--otlp-endpoint{said}: write a URL such as http://collector:4318, without a user; headers go into $OTEL_EXPORTER_OTLP_HEADERS.");
        return null;
    }
}
