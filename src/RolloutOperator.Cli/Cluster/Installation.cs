using System.Collections.Immutable;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Cluster;

/// <summary>The operator that runs in the cluster, as far as the caller may see it, with the options that decide what it does.</summary>
internal sealed record Installation
{
    /// <summary>What is taken when no operator can be found: its defaults.</summary>
    public static Installation Unknown { get; } = new();

    /// <summary>Where its digest key and its Lease are; null if that is unknown.</summary>
    public string? Namespace { get; init; }

    /// <summary>The name of its Lease.</summary>
    public string LeaseName { get; init; } = "rollout-operator";

    /// <summary>Its name in ledgers.</summary>
    public string? Name => Namespace is null ? null : $"{Namespace}/{LeaseName}";

    /// <summary>Its image, or null.</summary>
    public string? Image { get; init; }

    /// <summary>Which workloads it takes, and how it reads them.</summary>
    public ReadingRules Rules { get; init; } = ReadingRules.Default;

    /// <summary>The kinds that it watches.</summary>
    public WorkloadKinds Kinds { get; init; } = WorkloadKinds.BuiltIn;

    /// <summary>The namespaces that it watches; none for all of them.</summary>
    public ImmutableArray<string> Watched { get; init; } = [];

    /// <summary>The namespaces that it leaves out.</summary>
    public ImmutableArray<string> Excluded { get; init; } = [];

    /// <summary>The label selector of the namespaces that it watches, or null.</summary>
    public string? NamespaceSelector { get; init; }

    /// <summary>The keys under which it digests Secrets; none if they may not be read.</summary>
    public DigestKeys Keys { get; init; } = DigestKeys.None;

    /// <summary>Whether the caller may not read the Secret with the keys.</summary>
    public bool AreKeysForbidden { get; init; }

    /// <summary>Which keys count for environments.</summary>
    public EnvironmentRule Rule { get; init; }

    /// <summary>What could not be found out, as sentences.</summary>
    public ImmutableArray<string> Doubts { get; init; } = [];

    /// <summary>Whether labels of namespaces enrol, as they do unless the operator has a list of namespaces.</summary>
    public bool FollowsNamespaceLabels => NamespaceSelector is not null || Watched.IsEmpty;

    /// <summary>Reads the arguments of its container. Those that are not known are left to the operator.</summary>
    public Installation With(RunArguments arguments)
    {
        var enrolment = arguments.Has("--auto") ? Enrolment.Automatic
            : arguments.Last("--workload-selector") is { } selector ? Enrolment.BySelector(selector)
            : Enrolment.ByLabel;
        var kinds = WorkloadKinds.BuiltIn;
        foreach (var text in arguments.All("--workload-kind"))
        {
            kinds = WorkloadKind.TryParse(text, out var kind) && kinds.TryAdd(kind, out var more) ? more : kinds;
        }

        ImmutableArray<SourceKind> sources = arguments.Last("--sources") is { } list
            ? [.. SourceKinds.All.Where(kind => list.Split(',', StringSplitOptions.TrimEntries).Contains(kind.Plural()))]
            : [.. SourceKinds.All.Where(kind => kind != SourceKind.Image || arguments.Last("--images") != "off")];
        return this with
        {
            Namespace = arguments.Last("--operator-namespace") ?? Namespace,
            LeaseName = arguments.Last("--lease-name") ?? LeaseName,
            Rules = new(enrolment) { CrossNamespace = arguments.Has("--allow-cross-namespace"), Sources = sources },
            Kinds = kinds,
            Watched = [.. arguments.All("--namespace").Concat(arguments.All("-n"))],
            Excluded = [.. arguments.All("--exclude-namespace")],
            NamespaceSelector = arguments.Last("--namespace-selector"),
        };
    }
}

/// <summary>The options of a container that runs the operator: its arguments, and behind them what its environment says.</summary>
internal sealed class RunArguments
{
    private const string EnvironmentPrefix = "ROLLOUT_OPERATOR_";

    private readonly ILookup<string, string> _values;

    /// <param name="arguments">The arguments of the container.</param>
    /// <param name="environment">Its variables whose values are in the template.</param>
    public RunArguments(IEnumerable<string> arguments, IEnumerable<(string Name, string Value)> environment)
    {
        var given = Pairs([.. arguments]).ToArray();
        _values = given
            .Concat(
                from variable in environment
                where variable.Name.StartsWith(EnvironmentPrefix, StringComparison.Ordinal)
                let option = "--" + variable.Name[EnvironmentPrefix.Length..].Replace('_', '-').ToLowerInvariant()
                where given.All(each => each.Option != option)
                from value in variable.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                select (option, value))
            .ToLookup(each => each.Item1, each => each.Item2);
    }

    /// <summary>The options that are given, such as <c>--settle</c>.</summary>
    public IEnumerable<string> Options => _values.Select(each => each.Key);

    /// <summary>Whether a switch is on.</summary>
    public bool Has(string option) => _values[option].LastOrDefault() is { } value && value is "" or "true";

    /// <summary>The value that counts, or null.</summary>
    public string? Last(string option) => _values[option].LastOrDefault();

    /// <summary>All values of an option that may be repeated.</summary>
    public IEnumerable<string> All(string option) => _values[option];

    private static IEnumerable<(string Option, string Value)> Pairs(string[] arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            if (!arguments[i].StartsWith('-'))
            {
                continue;
            }

            if (arguments[i].Split('=', 2) is [var option, var value])
            {
                yield return (option, value);
            }
            else
            {
                yield return (arguments[i], i + 1 < arguments.Length && !arguments[i + 1].StartsWith('-') ? arguments[i + 1] : "");
            }
        }
    }
}
