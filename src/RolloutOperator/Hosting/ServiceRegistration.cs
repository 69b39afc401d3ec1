using System.Security.Cryptography;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RolloutOperator.Applying;
using RolloutOperator.Caching;
using RolloutOperator.Core.Templates;
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

    public static IServiceCollection AddOperator(this IServiceCollection services, OperatorOptions options, KubeEndpoint endpoint) => services
        .AddSingleton(options)
        .AddSingleton(TimeProvider.System)
        .AddSingleton<Func<double>>(Random)
        .AddSingleton(provider => new KubeClient(endpoint, provider.GetRequiredService<TimeProvider>(), Random, provider.GetRequiredService<Instruments>()))
        .AddWatching(options)
        .AddCaching(options)
        .AddImages(options)
        .AddReconciling(options)
        .AddLeadership(options)
        .AddSingleton<IOperatorState, OperatorState>()
        .AddSingleton<PermissionCheck>()
        .AddSingleton<OperatorLoops>()
        .AddSingleton<OperatorService>()
        .AddHostedService(provider => provider.GetRequiredService<OperatorService>());

    private static IServiceCollection AddWatching(this IServiceCollection services, OperatorOptions options) => services
        .AddChannel<Observation>(singleReader: true)
        .AddSingleton<ReferencedNames>()
        .AddDigestKey(options)
        .AddSingleton(options.Scope)
        .AddSingleton(new ReflectorTimes(options.ResyncPeriod))
        .AddSingleton<ListWatchFactory>()
        .AddSingleton<Func<ListWatch, Reflector>>(provider => listWatch => ActivatorUtilities.CreateInstance<Reflector>(provider, listWatch))
        .AddSingleton<ServerVersionPoll>()
        .AddSingleton<WatchSet>();

    private static IServiceCollection AddDigestKey(this IServiceCollection services, OperatorOptions options) => !options.Secrets ? services
        : services.AddSingleton(provider => ActivatorUtilities.CreateInstance<DigestKeySecret>(
            provider, options.OperatorNamespace, options.DryRun, (Action<Span<byte>>)RandomNumberGenerator.Fill));

    private static IServiceCollection AddCaching(this IServiceCollection services, OperatorOptions options) => services
        .AddChannel<FetchRequest>(singleReader: false)
        .AddSingleton<WorkloadStore>()
        .AddSingleton(provider => provider.GetRequiredService<WorkloadStore>().Readers)
        .AddSingleton<SourceStore>()
        .AddSingleton(provider => provider.GetRequiredService<SourceStore>().Readers)
        .AddSingleton<DigestKeyStore>()
        .AddSingleton(provider => provider.GetRequiredService<DigestKeyStore>().Readers)
        .AddSingleton<EnvironmentRuleStore>()
        .AddSingleton(provider => new WatchCoverage(provider.GetRequiredService<WatchSet>().Targets))
        .AddSingleton<IStoreEventHandler>(provider => ActivatorUtilities.CreateInstance<WorkloadIndex>(
            provider, options.Settle, (Func<WorkloadRef, bool>)(provider.GetService<UnwrittenLedgers>() is { } unwritten ? unwritten.Has : static _ => false)))
        .AddSingleton<SourceCache>()
        .AddSingleton(provider => new StoreWriter(
            provider.GetRequiredService<ChannelReader<Observation>>(),
            provider.GetRequiredService<WorkloadStore>(),
            provider.GetRequiredService<SourceCache>(),
            provider.GetRequiredService<DigestKeyStore>(),
            provider.GetRequiredService<EnvironmentRuleStore>(),
            provider.GetRequiredService<WatchCoverage>(),
            provider.GetRequiredService<IStoreEventHandler>(),
            options.Images ? provider.GetRequiredService<ChannelWriter<ImageEvent>>() : null,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<StoreWriter>>()))
        .AddSingleton<SourceFetcher>();

    private static IServiceCollection AddImages(this IServiceCollection services, OperatorOptions options)
    {
        services.AddChannel<ImageEvent>(singleReader: true).AddSingleton<ImageStore>().AddSingleton(provider => provider.GetRequiredService<ImageStore>().Readers);
        return !options.Images ? services : services
            .AddSingleton(options.Registries)
            .AddSingleton(new PollTimings(options.ImagePollInterval))
            .AddSingleton<MeteredRegistryClient>()
            .AddSingleton(provider => new PullCredentialsReader(provider.GetRequiredService<KubeClient>(), options.Secrets))
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<ImageTracker>(
                provider, (Func<ImageReference, Keyring, string>)provider.GetRequiredService<MeteredRegistryClient>().IdentityFor))
            .AddSingleton<ImagePoller>();
    }

    private static IServiceCollection AddReconciling(this IServiceCollection services, OperatorOptions options) => services
        .AddUnwrittenLedgers(options)
        .AddSingleton(provider => new WorkQueue(provider.GetRequiredService<TimeProvider>(), Random))
        .AddSingleton(options.Scope.Kinds)
        .AddSingleton(provider => new SnapshotReader(
            provider.GetRequiredService<WorkloadStore.View>(),
            provider.GetRequiredService<SourceStore.View>(),
            provider.GetRequiredService<ImageStore.View>(),
            provider.GetRequiredService<DigestKeyStore.View>(),
            provider.GetRequiredService<EnvironmentRuleStore>(),
            options.Installation,
            provider.GetService<UnwrittenLedgers>()))
        .AddSingleton(provider => ActivatorUtilities.CreateInstance<EventRecorder>(provider, provider.MayWrite(), options.Election.Identity, options.DryRun))
        .AddSingleton(provider => ActivatorUtilities.CreateInstance<Applier>(provider, provider.MayWrite(), options.DryRun))
        .AddSingleton(provider => ActivatorUtilities.CreateInstance<RolloutTracker>(provider, options.StallAfter))
        .AddSingleton<StaleWorkloads>()
        .AddSingleton<AdoptionBackoff>()
        .AddSingleton<StandbyWorkloads>()
        .AddSingleton<Reconciler>()
        .AddSingleton<Workers>();

    private static IServiceCollection AddUnwrittenLedgers(this IServiceCollection services, OperatorOptions options) =>
        options.DryRun ? services.AddSingleton<UnwrittenLedgers>() : services;

    private static IServiceCollection AddLeadership(this IServiceCollection services, OperatorOptions options) => services
        .AddSingleton(options.Election)
        .AddSingleton(provider =>
        {
            var fence = new Fence(provider.GetRequiredService<TimeProvider>());
            fence.Set(options.LeaderElect ? null : TimeSpan.MaxValue);
            return fence;
        })
        .AddSingleton<LeaseClient>()
        .AddSingleton<LeaderTasks>()
        .AddSingleton<LeaderWork>(provider => provider.GetRequiredService<LeaderTasks>().RunAsync)
        .AddSingleton<Elector>()
        .AddSingleton<LeaderElection>();

    private static Func<bool> MayWrite(this IServiceProvider provider)
    {
        var fence = provider.GetRequiredService<Fence>();
        return () => fence.MayWrite;
    }

    private static IServiceCollection AddChannel<T>(this IServiceCollection services, bool singleReader) => services
        .AddSingleton(_ => Channel.CreateUnbounded<T>(new() { SingleReader = singleReader }))
        .AddSingleton(provider => provider.GetRequiredService<Channel<T>>().Reader)
        .AddSingleton(provider => provider.GetRequiredService<Channel<T>>().Writer);
}
