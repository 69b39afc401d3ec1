using System.Net;
using System.Security.Cryptography;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RolloutOperator.Applying;
using RolloutOperator.Caching;
using RolloutOperator.Core.Templates;
using RolloutOperator.Hosting.Permissions;
using RolloutOperator.Images;
using RolloutOperator.Kubernetes;
using RolloutOperator.Leadership;
using RolloutOperator.Queueing;
using RolloutOperator.Reconciling;
using RolloutOperator.Registry;
using RolloutOperator.Serving;
using RolloutOperator.Watching;

namespace RolloutOperator.Hosting;

/// <summary>Registers the rooms in the order in which a change flows through them.</summary>
internal static class ServiceRegistration
{
    /// <summary>From 0 (inclusive) to 1 (exclusive). Not for security: it only spreads retries and reconnects over time.</summary>
    public static double Random() => RandomNumberGenerator.GetInt32(int.MaxValue) / (double)int.MaxValue;

    public static IServiceCollection AddOperator(this IServiceCollection services, OperatorOptions options) => services
        .AddSingleton(options)
        .AddSingleton(TimeProvider.System)
        .AddSingleton<Func<double>>(Random)
        .AddSingleton(provider => new KubeClient(options.Endpoint, provider.GetRequiredService<TimeProvider>(), Random))
        .AddWatching(options)
        .AddCaching(options)
        .AddImages(options)
        .AddReconciling(options)
        .AddLeadership(options)
        .AddSingleton<OperatorLoops>()
        .AddSingleton<OperatorService>()
        .AddHostedService(provider => provider.GetRequiredService<OperatorService>());

    private static IServiceCollection AddWatching(this IServiceCollection services, OperatorOptions options) => services
        .AddChannel<Observation>(singleReader: true)
        .AddSingleton<ReferencedNames>()
        .AddSingleton(provider => ActivatorUtilities.CreateInstance<DigestKeySecret>(
            provider, options.OperatorNamespace, (Action<Span<byte>>)RandomNumberGenerator.Fill))
        .AddSingleton<WatchSet>()
        .AddSingleton(provider =>
        {
            var watches = provider.GetRequiredService<WatchSet>();
            return ActivatorUtilities.CreateInstance<PermissionReviewer>(
                provider, RequiredPermissions.Of(options), (Func<IEnumerable<string>>)(() => watches.SelectedNamespaces), (Action)watches.Wake);
        });

    private static IServiceCollection AddCaching(this IServiceCollection services, OperatorOptions options) => services
        .AddChannel<FetchRequest>(singleReader: false)
        .AddSingleton<WorkloadStore>()
        .AddSingleton(provider => provider.GetRequiredService<WorkloadStore>().Readers)
        .AddSingleton<SourceStore>()
        .AddSingleton(provider => provider.GetRequiredService<SourceStore>().Readers)
        .AddSingleton<DigestKeyStore>()
        .AddSingleton(provider => provider.GetRequiredService<DigestKeyStore>().Readers)
        .AddSingleton(provider => new WatchCoverage(provider.GetRequiredService<WatchSet>().Targets))
        .AddSingleton<IStoreEventHandler>(provider => ActivatorUtilities.CreateInstance<WorkloadIndex>(provider, options.Settle))
        .AddSingleton<SourceCache>()
        .AddSingleton(provider => new StoreWriter(
            provider.GetRequiredService<ChannelReader<Observation>>(),
            provider.GetRequiredService<WorkloadStore>(),
            provider.GetRequiredService<SourceCache>(),
            provider.GetRequiredService<DigestKeyStore>(),
            provider.GetRequiredService<WatchCoverage>(),
            provider.GetRequiredService<IStoreEventHandler>(),
            options.Images.Enabled ? provider.GetRequiredService<ChannelWriter<ImageEvent>>() : null,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<StoreWriter>>()))
        .AddSingleton<SourceFetcher>();

    private static IServiceCollection AddImages(this IServiceCollection services, OperatorOptions options)
    {
        services.AddChannel<ImageEvent>(singleReader: true).AddSingleton<ImageStore>().AddSingleton(provider => provider.GetRequiredService<ImageStore>().Readers);
        return !options.Images.Enabled ? services : services
            .AddSingleton(options.Images.Registries)
            .AddSingleton(new PollTimings(options.Images.PollInterval))
            .AddSingleton<MeteredRegistryClient>()
            .AddSingleton<PullCredentialsReader>()
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<ImageTracker>(
                provider, (Func<ImageReference, Keyring, string>)provider.GetRequiredService<MeteredRegistryClient>().IdentityFor))
            .AddSingleton<ImagePoller>();
    }

    private static IServiceCollection AddReconciling(this IServiceCollection services, OperatorOptions options) => services
        .AddSingleton(provider => new WorkQueue(provider.GetRequiredService<TimeProvider>(), Random))
        .AddSingleton(options.Kinds)
        .AddSingleton<SnapshotReader>()
        .AddSingleton(provider => ActivatorUtilities.CreateInstance<EventRecorder>(provider, provider.MayWrite(), options.Election.Identity))
        .AddSingleton(provider => ActivatorUtilities.CreateInstance<Applier>(provider, provider.MayWrite()))
        .AddSingleton(provider => ActivatorUtilities.CreateInstance<RolloutTracker>(provider, options.StallAfter))
        .AddSingleton<StaleWorkloads>()
        .AddSingleton<Reconciler>()
        .AddSingleton<Workers>();

    private static IServiceCollection AddLeadership(this IServiceCollection services, OperatorOptions options) => services
        .AddSingleton<LeaderElection>();

    private static Func<bool> MayWrite(this IServiceProvider provider) => provider.GetRequiredService<LeaderElection>().MayWrite;

    private static IServiceCollection AddChannel<T>(this IServiceCollection services, bool singleReader) => services
        .AddSingleton(_ => Channel.CreateUnbounded<T>(new() { SingleReader = singleReader }))
        .AddSingleton(provider => provider.GetRequiredService<Channel<T>>().Reader)
        .AddSingleton(provider => provider.GetRequiredService<Channel<T>>().Writer);

    /// <summary>Connects the gauges, and the counting of requests, with the state that they show.</summary>
    public static void ConnectMetrics(this IServiceProvider provider, OperatorOptions options)
    {
        var (metrics, queue) = (provider.GetRequiredService<Instruments>(), provider.GetRequiredService<WorkQueue>());
        var (workloads, sources) = (provider.GetRequiredService<WorkloadStore.View>(), provider.GetRequiredService<SourceStore.View>());
        var (stale, leadership, permissions) =
            (provider.GetRequiredService<StaleWorkloads>(), provider.GetRequiredService<LeaderElection>(), provider.GetRequiredService<PermissionReviewer>());
        Func<Instruments.StaleReason, int> countStale = reason => leadership.MayWrite() ? stale.Count(reason) : 0;
        metrics.ObserveQueue(() => queue.Due, () => queue.Adds);
        metrics.ObserveFailing(() => queue.Failing);
        metrics.ObserveStale(countStale);
        metrics.ObserveBlocked(() => countStale(Instruments.StaleReason.Blocked));
        metrics.ObserveHeld(() => countStale(Instruments.StaleReason.Held));
        metrics.ObserveLeader(leadership.MayWrite);
        if (provider.GetService<ImagePoller>() is { } poller)
        {
            metrics.ObserveImages(() => poller.Count, () => poller.Flapping);
        }

        metrics.ObserveWorkloads(workloads.Count, options.Kinds.Rows.Select(kind => kind.Kind));
        metrics.ObserveSources(resource => sources.Count(resource == "secrets" ? SourceKind.Secret : SourceKind.ConfigMap));
        metrics.ObserveMissingPermissions(() => permissions.Missing.Select(permission => (permission.Access.Resource, permission.Access.Verb)));
        provider.GetRequiredService<KubeClient>().Observer = call =>
        {
            metrics.RecordApiRequest(call.Verb, call.StatusCode == 0 ? null : (HttpStatusCode)call.StatusCode, call.Duration);
            if (call.StatusCode == (int)HttpStatusCode.Forbidden)
            {
                permissions.Doubt(call.Verb, call.Resource);
            }
        };
    }
}
