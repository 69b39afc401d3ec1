using System.Net;
using k8s;
using k8s.Models;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Deciding;

/// <summary>Makes all checks of <c>doctor</c> with the caller's rights. What may not be read is skipped, and the rest is told.</summary>
/// <param name="api">The API server.</param>
/// <param name="operatorNamespace">The namespace of the operator, if the caller names it.</param>
/// <param name="namespace">The namespace that is asked about; null for all of them.</param>
/// <param name="time">The local clock.</param>
internal sealed class Diagnosis(ApiServer api, string? operatorNamespace, string? @namespace, TimeProvider time)
{
    private readonly List<CheckReport> _checks = [];

    public async Task<DoctorReport> RunAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset? date;
        try
        {
            using var answer = await api.TypedAsync(typed => typed.Version.GetCodeWithHttpMessagesAsync(cancellationToken: cancellationToken));
            date = answer?.Response.Headers.Date;
            _checks.Add(CheckReport.Ok("ApiServer", $"{api.Server} is Kubernetes {answer?.Body.GitVersion}"));
        }
        catch (CommandException e)
        {
            // Nothing else can be asked.
            return new([CheckReport.Fail("ApiServer", e.Message, "Look at the kubeconfig and its context: kubectl cluster-info.")]);
        }

        _checks.Add(ClusterChecks.Clock(date, time.GetUtcNow()));
        var installation = await OfOperatorAsync(date ?? time.GetUtcNow(), cancellationToken);
        await CheckAsync("Rights", "create on selfsubjectaccessreviews.authorization.k8s.io", async () =>
            ClusterChecks.Rights(await ReadRight.ReviewAsync(api, ReadRight.Of(installation, @namespace), cancellationToken)));
        await CheckAsync("Webhooks", "list on mutatingwebhookconfigurations.admissionregistration.k8s.io in the cluster", async () =>
            ClusterChecks.Webhooks((await api.TypedAsync(typed => typed.AdmissionregistrationV1.ListMutatingWebhookConfigurationAsync(cancellationToken: cancellationToken)))?.Items ?? [], installation.Kinds));
        await CheckAsync("OtherControllers", $"list on workloads in {(@namespace is null ? "all namespaces" : "the namespace " + @namespace)}", () => OthersAsync(installation, cancellationToken));
        return new(_checks);
    }

    private async Task<Installation> OfOperatorAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var all = await InstallationReader.DeploymentsAsync(api, operatorNamespace, isEverywhere: true, cancellationToken);
        var deployment = all?.Where(each => operatorNamespace is null || each.Metadata.NamespaceProperty == operatorNamespace).MaxBy(each => each.Metadata.CreationTimestamp);
        var installation = await InstallationReader.ReadAsync(api, operatorNamespace ?? deployment?.Metadata.NamespaceProperty, cancellationToken);
        if (all is null)
        {
            _checks.Add(CheckReport.Skip("Operator", "list on deployments.apps in its namespace, which --operator-namespace names"));
        }
        else
        {
            _checks.Add(OperatorChecks.Running(deployment));
            _checks.Add(OperatorChecks.Installations([.. all]));
        }

        var arguments = deployment is null ? new RunArguments([], []) : InstallationReader.ArgumentsOf(deployment);
        if (deployment is not null)
        {
            _checks.Add(OperatorChecks.Options(arguments));
        }

        if (installation.Namespace is { } home)
        {
            await CheckAsync("Lease", $"get on leases.coordination.k8s.io/{installation.LeaseName} in the namespace {home}", async () => OperatorChecks.Leader(
                arguments, installation, await api.TypedAsync(typed => typed.CoordinationV1.ReadNamespacedLeaseAsync(installation.LeaseName, home, cancellationToken: cancellationToken)), now));
            _checks.Add(OperatorChecks.DigestKey(installation));
        }

        return installation;
    }

    // Other controllers mostly run in a namespace of their own.
    private async Task<CheckReport> OthersAsync(Installation installation, CancellationToken cancellationToken)
    {
        try
        {
            return await OthersAsync(installation, null, cancellationToken);
        }
        catch (ApiException e) when (e.Status == HttpStatusCode.Forbidden && @namespace is not null)
        {
            return await OthersAsync(installation, @namespace, cancellationToken);
        }
    }

    private async Task<CheckReport> OthersAsync(Installation installation, string? where, CancellationToken cancellationToken)
    {
        var others = new OtherControllers();
        foreach (var kind in installation.Kinds.Rows)
        {
            await api.ListAsync(ResourcePaths.Of(kind, where), "", item => others.Add(item, kind), cancellationToken);
        }

        return others.Report(where is null ? "the cluster" : "the namespace " + where);
    }

    private async Task CheckAsync(string check, string right, Func<Task<CheckReport>> make)
    {
        try
        {
            _checks.Add(await make());
        }
        catch (ApiException e) when (e.Status == HttpStatusCode.Forbidden)
        {
            _checks.Add(CheckReport.Skip(check, right));
        }
        catch (CommandException e)
        {
            _checks.Add(new(check, CheckResult.Skip, $"cannot be told: {e.Message}"));
        }
    }
}
