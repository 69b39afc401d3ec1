using System.Diagnostics.CodeAnalysis;

namespace RolloutOperator.Registry;

/// <summary>
/// The reference to a container image, in full: <c>nginx</c> is <c>docker.io/library/nginx:latest</c>. Grammar and
/// normalisation are those of <see href="https://github.com/distribution/reference">distribution/reference</see>
/// (reference.go, normalize.go), by which the kubelet reads the field <c>image</c>, with the names of
/// <see href="https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md">OCI distribution-spec 1.1</see>.
/// Stricter than both in one thing: a registry must be a host and a port that can exist, so that it fits in a URI.
/// </summary>
public sealed record ImageReference
{
    private const string Hub = "docker.io";
    private const string OldHub = "index.docker.io";
    private const string OfficialImages = "library/";

    private ImageReference(string domain, string repository, string? tag, string? digest) =>
        (Domain, Repository, Tag, Digest) = (domain, repository, tag, digest);

    /// <summary>The registry as the reference names it, with its port if one is given: <c>docker.io</c>, <c>[::1]:5000</c>.</summary>
    public string Domain { get; }

    /// <summary>The name of the repository within the registry, for example <c>library/nginx</c>.</summary>
    public string Repository { get; }

    /// <summary>The tag; <c>latest</c> when neither a tag nor a digest is given, null when only a digest is.</summary>
    public string? Tag { get; }

    /// <summary>The digest, for example <c>sha256:…</c>, or null. Where both are given the tag is decoration.</summary>
    public string? Digest { get; }

    /// <summary>Whether a digest says which image it is, whatever becomes of the tag.</summary>
    [MemberNotNullWhen(true, nameof(Digest))]
    public bool IsPinned => Digest is not null;

    /// <summary>Reads the text of a container's field <c>image</c>, in time linear in its length.</summary>
    /// <param name="text">The text, from anybody.</param>
    /// <param name="reference">The reference, or null.</param>
    /// <param name="problem">What is wrong, as a half-sentence after "the image"; empty when nothing is.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out ImageReference? reference, out string problem)
    {
        reference = null;
        if (string.IsNullOrEmpty(text))
        {
            problem = "is empty";
            return false;
        }

        if (ReferenceGrammar.IsImageId(text))
        {
            problem = "is a bare image id; name a repository";
            return false;
        }

        // Neither a name nor a tag can have an `@`, and a repository has no `:`.
        var (name, digest) = Cut(text, '@');
        var (domain, rest) = SplitDomain(name);
        var (repository, tag) = Cut(rest, ':');
        if (domain == Hub && !repository.Contains('/'))
        {
            repository = OfficialImages + repository;
        }

        problem = (ReferenceGrammar.ProblemOfDomain(domain)
            ?? ReferenceGrammar.ProblemOfRepository(repository)
            ?? (tag is null ? null : ReferenceGrammar.ProblemOfTag(tag))
            ?? (digest is null ? null : ReferenceGrammar.ProblemOfDigest(digest))) ?? "";
        if (problem.Length > 0)
        {
            return false;
        }

        reference = new(domain, repository, tag ?? (digest is null ? "latest" : null), digest);
        return true;
    }

    /// <summary>The canonical form: it names the registry, and reading it gives the same reference.</summary>
    public override string ToString() =>
        $"{Domain}/{Repository}{(Tag is null ? "" : ":" + Tag)}{(Digest is null ? "" : "@" + Digest)}";

    // The first component is a registry if it could not be part of a repository's name on Docker Hub. A name of a single
    // component is never one: `localhost` and `registry.example:5000` are images of Docker Hub, the latter with a tag.
    private static (string Domain, string Name) SplitDomain(string name)
    {
        var (first, rest) = Cut(name, '/');
        if (rest is null)
        {
            return (Hub, name);
        }

        if (first == OldHub)
        {
            return (Hub, rest);
        }

        var isDomain = first == "localhost" || first.AsSpan().ContainsAny('.', ':') || first.AsSpan().ContainsAnyInRange('A', 'Z');
        return isDomain ? (first, rest) : (Hub, name);
    }

    private static (string Before, string? After) Cut(string text, char separator)
    {
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);
    }
}
