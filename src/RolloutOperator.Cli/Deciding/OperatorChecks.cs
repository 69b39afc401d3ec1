using k8s.Models;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Deciding;

/// <summary>Checks of the operator: its Deployment, its options, its Lease and its digest key.</summary>
internal static class OperatorChecks
{
    // Two installations are meant to be so rarely that it is worth a look.
    private const int Usual = 1;

    // The time of a Lease is by another clock.
    private static readonly TimeSpan Drift = TimeSpan.FromSeconds(5);

    /// <param name="deployment">The newest Deployment of the operator, or null.</param>
    public static CheckReport Running(V1Deployment? deployment)
    {
        const string Check = "Operator";
        if (deployment is null)
        {
            return CheckReport.Fail(
                Check, "no Deployment has the label app.kubernetes.io/name=rollout-operator", "Install the operator, or name its namespace with --operator-namespace.");
        }

        var (name, wanted, ready) = (NameOf(deployment), deployment.Spec.Replicas ?? 1, deployment.Status?.ReadyReplicas ?? 0);
        var seen = $"{name} has {ready} of {wanted} pods ready, of the image {InstallationReader.ContainerOf(deployment).Image}";
        var look = $"Look at kubectl describe deployment {deployment.Metadata.Name} -n {deployment.Metadata.NamespaceProperty}, and at the logs of its pods.";
        return wanted == 0 ? CheckReport.Fail(Check, $"{name} is scaled to 0", $"Scale it: kubectl scale deployment {deployment.Metadata.Name} -n {deployment.Metadata.NamespaceProperty} --replicas=1.")
            : ready == 0 ? CheckReport.Fail(Check, seen, look)
            : ready < wanted ? CheckReport.Warn(Check, seen, look)
            : InstallationReader.ArgumentsOf(deployment).Has("--dry-run") ? CheckReport.Warn(Check, seen + ", in a dry run, so it rolls nothing", "Take the option --dry-run away when you are content.")
            : CheckReport.Ok(Check, seen);
    }

    /// <param name="deployments">The Deployments of operators.</param>
    public static CheckReport Installations(IReadOnlyCollection<V1Deployment> deployments) => deployments.Count <= Usual
        ? CheckReport.Ok("Installations", deployments.Count == 0 ? "none was found" : "there is one")
        : CheckReport.Warn(
            "Installations",
            $"there are {deployments.Count}: {string.Join(", ", deployments.Select(NameOf).Order(StringComparer.Ordinal))}",
            "Give each workload to one installation only, for example with --namespace or --workload-selector.");

    /// <param name="arguments">What its Deployment and the environment of its container say.</param>
    public static CheckReport Options(RunArguments arguments)
    {
        const string Check = "Options";
        string[] unknown = [.. arguments.Options.Where(option => !RunOptions.All.Contains(option)).Order(StringComparer.Ordinal)];
        var hint = string.Join(", ", unknown.Select(option => (Option: option, Near: Spelling.Nearest(option, RunOptions.All))).Where(each => each.Near is not null).Select(each => $"{each.Near} instead of {each.Option}"));
        return unknown.Length > 0
            ? CheckReport.Warn(
                Check,
                $"the Deployment has options that this program's version does not know: {string.Join(", ", unknown)}",
                hint.Length > 0 ? $"Write {hint}." : "Take the chart, the image and this program in the same version.")
            : CheckReport.Ok(Check, arguments.Last("--config") is { Length: > 0 } file ? $"all are known; those in {file} are not seen from here" : "all are known");
    }

    /// <param name="arguments">The operator's options.</param>
    /// <param name="installation">The operator.</param>
    /// <param name="lease">Its Lease, or null.</param>
    /// <param name="now">The time by the clock of the API server.</param>
    public static CheckReport Leader(RunArguments arguments, Installation installation, V1Lease? lease, DateTimeOffset now)
    {
        const string Check = "Lease";
        var name = installation.Name;
        if (arguments.Has("--dry-run") || arguments.Last("--leader-elect") == "false")
        {
            return CheckReport.Ok(Check, "none is needed with its options");
        }

        var look = $"Look at the logs of the operator in the namespace {installation.Namespace}, and whether its ServiceAccount may get, list, watch, create and patch leases there.";
        if (lease?.Spec is not { } spec)
        {
            return CheckReport.Fail(Check, $"there is no Lease {name}, so no replica leads", look);
        }

        if (spec.HolderIdentity is not { Length: > 0 } holder)
        {
            return CheckReport.Fail(Check, $"nobody holds the Lease {name}", look);
        }

        DateTimeOffset? renewed = spec.RenewTime is { } time ? new DateTimeOffset(time) : null;
        var seen = $"{name} is held by {holder}, renewed {Age.Of(renewed, now)} ago";
        return renewed is null || now - renewed > TimeSpan.FromSeconds(spec.LeaseDurationSeconds ?? 0) + Drift
            ? CheckReport.Fail(Check, $"{seen}, and has run out", look)
            : CheckReport.Ok(Check, seen);
    }

    /// <param name="installation">The operator.</param>
    public static CheckReport DigestKey(Installation installation)
    {
        const string Check = "DigestKey";
        var secret = $"{installation.Namespace}/{DigestKeys.SecretName}";
        return !installation.Rules.Follows(SourceKind.Secret) ? CheckReport.Ok(Check, "none is needed, since Secrets are not followed")
            : !installation.Keys.All.IsEmpty ? CheckReport.Ok(Check, $"the Secret {secret} has the key {installation.Keys.CurrentId}")
            : installation.AreKeysForbidden ? CheckReport.Skip(Check, $"get on secrets/{DigestKeys.SecretName} in the namespace {installation.Namespace}")
            : CheckReport.Fail(
                Check,
                $"there is no Secret {secret} with a key, so Secrets are not followed",
                $"The operator makes it at its start: it needs the right to create and get it in the namespace {installation.Namespace}.");
    }

    private static string NameOf(V1Deployment deployment) => $"{deployment.Metadata.NamespaceProperty}/{deployment.Metadata.Name}";
}

/// <summary>The options of <c>rollout-operator run</c>. A test compares them with docs/reference/cli.md.</summary>
internal static class RunOptions
{
    public static readonly string[] All =
    [
        "--kubeconfig", "--context", "--operator-namespace", "--config",
        "--namespace", "-n", "--namespace-selector", "--exclude-namespace", "--workload-kind", "--workload-selector", "--auto", "--allow-cross-namespace",
        "--dry-run", "--settle", "--stall-after", "--resync-period",
        "--sources", "--images", "--image-poll-interval", "--registries", "--push-notifications-listen", "--push-notifications-secret-file",
        "--leader-elect", "--lease-name", "--lease-duration", "--renew-deadline", "--retry-period", "--identity",
        "--listen", "--metrics-authentication", "--log-level", "--log-format", "--otlp-endpoint",
    ];
}
