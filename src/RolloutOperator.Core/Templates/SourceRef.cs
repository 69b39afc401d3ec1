using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace RolloutOperator.Core.Templates;

/// <summary>What a source is.</summary>
public enum SourceKind
{
    /// <summary>A ConfigMap.</summary>
    ConfigMap,

    /// <summary>A Secret.</summary>
    Secret,

    /// <summary>The image of one container, named by the container.</summary>
    Image,

    /// <summary>The annotations of a ServiceAccount.</summary>
    ServiceAccount,
}

/// <summary>The kinds as options and RBAC name them.</summary>
public static class SourceKinds
{
    /// <summary>All of them.</summary>
    public static ImmutableArray<SourceKind> All { get; } = [.. Enum.GetValues<SourceKind>()];

    /// <summary>Gives for example <c>configmaps</c>.</summary>
    public static string Plural(this SourceKind kind) => SourceRef.PrefixOf(kind).TrimEnd('/') + "s";
}

/// <summary>Something outside the pod template that a fresh pod reads.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">The name of the object, or of the container for an image.</param>
public readonly record struct SourceRef(SourceKind Kind, string Name)
{
    private static readonly (string Prefix, SourceKind Kind)[] Prefixes =
    [
        ("configmap/", SourceKind.ConfigMap), ("secret/", SourceKind.Secret), ("image/", SourceKind.Image), ("serviceaccount/", SourceKind.ServiceAccount),
    ];

    // Namespaces are DNS labels (RFC 1123).
    private const int LongestNamespace = 63;

    /// <summary>The namespace of the object, or null when it is the workload's own.</summary>
    public string? Namespace { get; init; }

    /// <summary>
    /// Whether an object of this name can exist at all. Templates are not checked by the API server in this respect, so
    /// a reference may have any text for a name, <c>..</c> included.
    /// </summary>
    public bool CanExist => IsName(Name);

    /// <summary>
    /// Reads the form <c>configmap/a</c>, <c>secret/b</c>, <c>image/app</c> or <c>serviceaccount/c</c>, or that of an object of a namespace that is
    /// named, <c>configmap/shop/a</c>.
    /// </summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out SourceRef? source)
    {
        foreach (var (prefix, kind) in Prefixes)
        {
            if (text.StartsWith(prefix, StringComparison.Ordinal) && Read(kind, text[prefix.Length..]) is { } read)
            {
                source = read;
                return true;
            }
        }

        source = null;
        return false;
    }

    /// <summary>Gives <c>configmap/a</c>, the name under which the checksum and the ledger know it.</summary>
    public override string ToString() =>
        PrefixOf(Kind) + (Namespace is null ? Name : $"{Namespace}/{Name}");

    internal static string PrefixOf(SourceKind kind) => Array.Find(Prefixes, each => each.Kind == kind).Prefix;

    private static SourceRef? Read(SourceKind kind, string rest) => rest.IndexOf('/', StringComparison.Ordinal) switch
    {
        < 0 => IsName(rest) ? new(kind, rest) : null,
        var slash when kind != SourceKind.Image && IsNamespace(rest.AsSpan(0, slash)) && new SourceRef(kind, rest[(slash + 1)..]) is { CanExist: true } named =>
            named with { Namespace = rest[..slash] },
        _ => null,
    };

    private static bool IsNamespace(ReadOnlySpan<char> name) =>
        name.Length <= LongestNamespace && !name.Contains('.') && IsName(name);

    // DNS subdomain names (RFC 1123, 253 characters at most). A name of points alone would lead elsewhere in the path of a
    // request.
    private static bool IsName(ReadOnlySpan<char> name)
    {
        var before = '.';
        foreach (var c in name)
        {
            var letter = char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c);
            if (!letter && (before == '.' || !(c == '-' || (c == '.' && before != '-'))))
            {
                return false;
            }

            before = c;
        }

        return name.Length <= 253 && before is not ('.' or '-');
    }
}
