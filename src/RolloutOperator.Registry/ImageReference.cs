using System.Diagnostics.CodeAnalysis;
using RolloutOperator.Registry.References;

namespace RolloutOperator.Registry;

/// <summary>
/// A normalized reference to a container image: <c>nginx</c> is <c>docker.io/library/nginx:latest</c>. Grammar and
/// normalization are those of <see href="https://github.com/distribution/reference">distribution/reference</see>
/// (reference.go, normalize.go), which the kubelet uses for the field <c>image</c>, with the terms of
/// <see href="https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md">OCI distribution-spec 1.1</see>.
/// Stricter in one point: the registry must be a valid host and port, so that it fits in a URI.
/// </summary>
public sealed record ImageReference
{
    private const string Hub = "docker.io";
    private const string OldHub = "index.docker.io";
    private const string OfficialImages = "library/";

    private ImageReference(string domain, string repository, string? tag, string? digest) =>
        (Domain, Repository, Tag, Digest) = (domain, repository, tag, digest);

    /// <summary>The registry, with its port if the reference has one: <c>docker.io</c>, <c>[::1]:5000</c>.</summary>
    public string Domain { get; }

    /// <summary>The repository within the registry, for example <c>library/nginx</c>.</summary>
    public string Repository { get; }

    /// <summary>The tag; <c>latest</c> if the reference has neither a tag nor a digest, null if it has only a digest.</summary>
    public string? Tag { get; }

    /// <summary>The digest, for example <c>sha256:…</c>, or null. With a digest, the tag has no effect.</summary>
    public string? Digest { get; }

    /// <summary>Whether the reference has a digest, so that it always means the same image.</summary>
    [MemberNotNullWhen(true, nameof(Digest))]
    public bool IsPinned => Digest is not null;

    /// <summary>Parses a container's field <c>image</c>, in time linear in its length.</summary>
    /// <param name="text">The text; untrusted.</param>
    /// <param name="reference">The reference, or null.</param>
    /// <param name="problem">What is wrong, to be read after "the image": "has a tag that …". Empty if nothing is.</param>
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
            problem = "is an image id without a repository";
            return false;
        }

        // A name and a tag cannot contain `@`, and a repository cannot contain `:`.
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

    /// <summary>The canonical form, with the registry. Parsing it gives an equal reference.</summary>
    public override string ToString() =>
        $"{Domain}/{Repository}{(Tag is null ? "" : ":" + Tag)}{(Digest is null ? "" : "@" + Digest)}";

    // The first component is a registry if it cannot be part of a repository on Docker Hub. A single component is never a
    // registry: `localhost` and `registry.example:5000` are images on Docker Hub, the latter with a tag.
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
