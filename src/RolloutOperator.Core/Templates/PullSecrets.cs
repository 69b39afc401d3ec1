using System.Collections.Immutable;
using System.Text.Json;

namespace RolloutOperator.Core.Templates;

/// <summary>Where the kubelet would find the credentials for the images of a pod: in Secrets of its own namespace.</summary>
/// <param name="Names">The template's <c>imagePullSecrets</c>, in their order.</param>
/// <param name="Account">The ServiceAccount, whose <c>imagePullSecrets</c> count when the template has none.</param>
public sealed record PullSecrets(ImmutableArray<string> Names, string Account)
{
    // A template may list the same Secret over and over again. Each one is a read.
    private const int Most = 16;

    private const string DefaultAccount = "default";

    /// <summary>None in the template, and the ServiceAccount that every namespace has.</summary>
    public static PullSecrets Default { get; } = new([], DefaultAccount);

    /// <summary>Reads the names that <c>imagePullSecrets</c> of a pod or of a ServiceAccount lists.</summary>
    public static ImmutableArray<string> NamesIn(JsonElement? owner) =>
    [
        .. owner.Items("imagePullSecrets").Select(secret => secret.Text("name")).OfType<string>()
            .Where(name => new SourceRef(SourceKind.Secret, name).CanExist).Distinct(StringComparer.Ordinal).Take(Most),
    ];

    /// <inheritdoc/>
    public bool Equals(PullSecrets? other) =>
        other is not null && Account == other.Account && Names.AsSpan().SequenceEqual(other.Names.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Account, Names.Length, Names.Length > 0 ? Names[0] : "");

    internal static PullSecrets Read(JsonElement? podSpec) => new(
        NamesIn(podSpec),
        podSpec.Text("serviceAccountName") is { Length: > 0 } account && new SourceRef(SourceKind.Secret, account).CanExist ? account : DefaultAccount);
}
