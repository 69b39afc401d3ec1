using System.Collections.Immutable;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Checksums;

/// <summary>
/// Finds which keys the environments of a workload's containers are made of in the present state, which may depend on what
/// other sources have. Follows <c>makeEnvironmentVariables</c> of the kubelet (pkg/kubelet/kubelet_pods.go) from its last
/// step to its first: what a step sets is seen unless a later one certainly replaces it before anything takes it over.
/// </summary>
internal sealed class EnvironmentReading
{
    private readonly Dictionary<SourceRef, ObservedSource> _sources;
    private readonly Dictionary<SourceRef, Found> _found = [];
    private readonly bool _validNamesOnly;

    private EnvironmentReading(ImmutableArray<ObservedSource> sources, EnvironmentRule rule)
    {
        _sources = sources.ToDictionary(source => source.Use.Source);
        _validNamesOnly = rule == EnvironmentRule.ValidNames;
    }

    /// <summary>The same sources with uses of just those keys.</summary>
    public static ImmutableArray<ObservedSource> Resolve(
        ImmutableArray<ContainerEnvironment> environments, ImmutableArray<ObservedSource> sources, EnvironmentRule rule)
    {
        if (rule == EnvironmentRule.EveryKey)
        {
            return [.. sources.Select(source => source with { Use = source.Use.OfEveryKey() })];
        }

        if (environments.IsEmpty)
        {
            return sources;
        }

        var reading = new EnvironmentReading(sources, rule);
        foreach (var environment in environments)
        {
            reading.Add(environment.Steps);
        }

        return [.. sources.Select(reading.Resolve)];
    }

    private ObservedSource Resolve(ObservedSource source) => !_found.TryGetValue(source.Use.Source, out var found) ? source : source with
    {
        Use = source.Use with
        {
            Variables = [.. found.Variables],
            EnvFrom = found.EnvFrom.Count > EnvFromUse.Most ? [EnvFromUse.Everything] : [.. found.EnvFrom],
        },
        Hiding = found.Hiding,
    };

    private void Add(ImmutableArray<EnvironmentStep> steps)
    {
        var tellsApart = steps.Count(step => step is EnvironmentStep.All) <= EnvFromUse.Most;
        var (hidden, hiding) = (ImmutableHashSet<string>.Empty, ResourceVersion.Unknown);
        for (var i = steps.Length - 1; i >= 0; i--)
        {
            switch (steps[i])
            {
                case EnvironmentStep.One one:
                    var isSeen = one.Name.Length == 0 || !hidden.Contains(one.Name);
                    if (one.Source is { } source && Of(source, hiding) is var found && isSeen)
                    {
                        found.Variables.Add(one.Key!);
                    }

                    if (one.Name.Length > 0 && (one.IsCertain || Entry(one) is { IsBinary: false }))
                    {
                        hidden = hidden.Add(one.Name);
                    }

                    hiding = one.IsCertain ? hiding : Later(hiding, one.Source);
                    hidden = isSeen ? hidden.Except(one.Expands) : hidden;
                    break;
                case EnvironmentStep.All all:
                    var use = new EnvFromUse(all.Prefix) { Hidden = hidden, ValidNamesOnly = _validNamesOnly };
                    Of(all.Of, hiding).EnvFrom.Add(use);
                    if (i > 0 && tellsApart && Content(all.Of) is { } content)
                    {
                        hidden = hidden.Union(content.Entries.Where(entry => !entry.IsBinary).Select(entry => use.NameOf(entry.Key)).OfType<string>());
                    }

                    hiding = Later(hiding, all.Source);
                    break;
                default:
                    break;
            }
        }
    }

    private Found Of(SourceRef source, ResourceVersion hiding)
    {
        if (!_found.TryGetValue(source, out var found))
        {
            _found[source] = found = new();
        }

        found.Hiding = ResourceVersion.Latest(found.Hiding, hiding);
        return found;
    }

    // A source of which nothing is known hides nothing.
    private SourceContent? Content(SourceRef source) => (_sources.GetValueOrDefault(source)?.State as SourceState.Present)?.Content;

    private KeyDigest? Entry(EnvironmentStep.One one) => one.Source is { } source ? Content(source)?.Entry(one.Key!) : null;

    // Pods that waited for a source have seen it hide what it hides from the start.
    private ResourceVersion Later(ResourceVersion hiding, SourceRef? source) =>
        source is { } other && _sources.TryGetValue(other, out var later) && later is not { Use.Required: true, State: SourceState.Present { IsFirst: true } }
            ? ResourceVersion.Latest(hiding, later.State.Changed)
            : hiding;

    private sealed class Found
    {
        public SortedSet<string> Variables { get; } = new(Utf8Order.Instance);

        public List<EnvFromUse> EnvFrom { get; } = [];

        public ResourceVersion Hiding { get; set; }
    }
}
