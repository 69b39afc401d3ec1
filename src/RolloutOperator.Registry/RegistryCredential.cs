using System.Security.Cryptography;
using System.Text;

namespace RolloutOperator.Registry;

/// <summary>
/// Who asks: nobody in particular, a user with a password, or the holder of an identity token. A class and not a record,
/// so that nothing prints its members.
/// </summary>
public sealed class RegistryCredential : IEquatable<RegistryCredential>
{
    // Of this process alone: a plain hash of a short password could be guessed by whoever gets to see it.
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    private RegistryCredential(string username, string password, string? identityToken)
    {
        (Username, Password, IdentityToken) = (username, password, identityToken);
        Identity = username.Length + password.Length == 0 && identityToken is null
            ? "anonymous"
            : Convert.ToHexStringLower(HMACSHA256.HashData(Key, Encoding.UTF8.GetBytes($"{username.Length}:{username}{password.Length}:{password}{identityToken}")).AsSpan(0, 16));
    }

    /// <summary>Nobody in particular.</summary>
    public static RegistryCredential Anonymous { get; } = new("", "", null);

    /// <summary>Tells credentials apart without saying what they are; it means nothing outside this process.</summary>
    public string Identity { get; }

    /// <summary>Whether it is nobody in particular.</summary>
    public bool IsAnonymous => ReferenceEquals(this, Anonymous);

    internal string Username { get; }

    internal string Password { get; }

    internal string? IdentityToken { get; }

    internal bool HasPassword => Username.Length > 0 && Password.Length > 0;

    internal string Basic => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Username}:{Password}"));

    /// <summary>A user and a password, an identity token, or both; with neither it is nobody in particular.</summary>
    public static RegistryCredential Of(string? username, string? password, string? identityToken = null) =>
        string.IsNullOrEmpty(username) && string.IsNullOrEmpty(password) && string.IsNullOrEmpty(identityToken)
            ? Anonymous
            : new(username ?? "", password ?? "", string.IsNullOrEmpty(identityToken) ? null : identityToken);

    /// <inheritdoc/>
    public bool Equals(RegistryCredential? other) => other is not null && Identity == other.Identity;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RegistryCredential);

    /// <inheritdoc/>
    public override int GetHashCode() => Identity.GetHashCode(StringComparison.Ordinal);

    /// <summary>Whether there is one, and no more.</summary>
    public override string ToString() => IsAnonymous ? "no credential" : "a credential";
}
