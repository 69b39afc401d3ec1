using System.Collections.Immutable;

namespace RolloutOperator.Core.Templates;

/// <summary>How one <c>envFrom</c> uses a source: which of its keys become variables that nothing hides.</summary>
/// <param name="Prefix">What stands before each key in the name of its variable.</param>
public sealed record EnvFromUse(string Prefix)
{
    /// <summary>The most entries that are told apart. Beyond them every key counts.</summary>
    internal const int Most = 64;

    /// <summary>Use of every key.</summary>
    public static EnvFromUse Everything { get; } = new("");

    /// <summary>Names that later steps set, whatever this one says.</summary>
    public ImmutableHashSet<string> Hidden { get; init; } = [];

    /// <summary>Whether the kubelet skips what is no name of a variable.</summary>
    public bool ValidNamesOnly { get; init; }

    /// <summary>The variable of a key, or null when none is made of it that a container sees.</summary>
    public string? NameOf(string key)
    {
        var name = Prefix + key;
        return Hidden.Contains(name) || (ValidNamesOnly && !EnvironmentRules.IsValidName(name)) ? null : name;
    }
}
