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
}

/// <summary>Something outside the pod template that a fresh pod reads.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">The name of the object, or of the container for an image.</param>
public readonly record struct SourceRef(SourceKind Kind, string Name)
{
    private static readonly (string Prefix, SourceKind Kind)[] Prefixes =
        [("configmap/", SourceKind.ConfigMap), ("secret/", SourceKind.Secret), ("image/", SourceKind.Image)];

    // Namespaces are DNS labels (RFC 1123).
    private const int LongestNamespace = 63;

    /// <summary>The namespace of the object, or null when it is the workload's own.</summary>
    public string? Namespace { get; init; }

    /// <summary>
    /// Whether an object of this name can exist at all. Templates are not checked by the API server in this respect, so
    /// a reference may have any text for a name, <c>..</c> included.
    /// </summary>
    public bool CanExist => Name != "*" && IsName(Name);

    /// <summary>
    /// Reads the form <c>configmap/a</c>, <c>secret/b</c> or <c>image/app</c>, or that of an object of a namespace that is
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
        Kind switch { SourceKind.ConfigMap => "configmap/", SourceKind.Secret => "secret/", _ => "image/" }
        + (Namespace is null ? Name : $"{Namespace}/{Name}");

    private static SourceRef? Read(SourceKind kind, string rest) => rest.IndexOf('/', StringComparison.Ordinal) switch
    {
        < 0 => IsName(rest) ? new(kind, rest) : null,
        var slash when kind != SourceKind.Image && IsNamespace(rest.AsSpan(0, slash)) && new SourceRef(kind, rest[(slash + 1)..]) is { CanExist: true } named =>
            named with { Namespace = rest[..slash] },
        _ => null,
    };

    private static bool IsNamespace(ReadOnlySpan<char> name) =>
        name.Length <= LongestNamespace && !name.Contains('.') && name is not "*" && IsName(name);

    // DNS subdomain names (RFC 1123, 253 characters at most), and `*` for "every container" of image/*. A name of
    // points alone would lead elsewhere in the path of a request.
    private static bool IsName(ReadOnlySpan<char> name)
    {
        if (name is "*")
        {
            return true;
        }

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
