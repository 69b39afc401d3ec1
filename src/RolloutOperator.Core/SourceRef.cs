using System.Diagnostics.CodeAnalysis;

namespace RolloutOperator.Core;

/// <summary>What a source is.</summary>
public enum SourceKind
{
    /// <summary>A ConfigMap of the workload's namespace.</summary>
    ConfigMap,

    /// <summary>A Secret of the workload's namespace.</summary>
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

    /// <summary>
    /// Whether an object of this name can exist at all. Templates are not checked by the API server in this respect, so
    /// a reference may have any text for a name, <c>..</c> included.
    /// </summary>
    public bool CanExist => Name != "*" && IsName(Name);

    /// <summary>Reads the form <c>configmap/a</c>, <c>secret/b</c> or <c>image/app</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out SourceRef? source)
    {
        foreach (var (prefix, kind) in Prefixes)
        {
            if (text.StartsWith(prefix, StringComparison.Ordinal) && IsName(text.AsSpan(prefix.Length)))
            {
                source = new SourceRef(kind, text[prefix.Length..]);
                return true;
            }
        }

        source = null;
        return false;
    }

    /// <summary>Gives <c>configmap/a</c>, the name under which the checksum and the ledger know it.</summary>
    public override string ToString() => Kind switch
    {
        SourceKind.ConfigMap => "configmap/" + Name,
        SourceKind.Secret => "secret/" + Name,
        _ => "image/" + Name,
    };

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
