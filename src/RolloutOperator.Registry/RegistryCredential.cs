using System.Security.Cryptography;
using System.Text;

namespace RolloutOperator.Registry;

/// <summary>
/// A credential for a registry: a user name and password, an identity token, or anonymous. Nothing prints its members.
/// </summary>
public sealed record RegistryCredential
{
    // Random per process: a plain hash of a short password could be guessed by anyone who sees it.
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    private RegistryCredential(string username, string password, string? identityToken)
    {
        (Username, Password, IdentityToken) = (username, password, identityToken);
        Identity = username.Length + password.Length == 0 && identityToken is null
            ? "anonymous"
            : Convert.ToHexStringLower(HMACSHA256.HashData(Key, Encoding.UTF8.GetBytes($"{username.Length}:{username}{password.Length}:{password}{identityToken}")).AsSpan(0, 16));
    }

    /// <summary>No credential.</summary>
    public static RegistryCredential Anonymous { get; } = new("", "", null);

    /// <summary>Equal for equal credentials. Not a secret, and meaningless outside this process.</summary>
    public string Identity { get; }

    /// <summary>Whether there is no credential.</summary>
    public bool IsAnonymous => ReferenceEquals(this, Anonymous);

    internal string Username { get; }

    internal string Password { get; }

    internal string? IdentityToken { get; }

    internal bool HasPassword => Username.Length > 0 && Password.Length > 0;

    internal string Basic => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Username}:{Password}"));

    /// <summary>A user name and password, an identity token, or both; with neither it is <see cref="Anonymous"/>.</summary>
    public static RegistryCredential Of(string? username, string? password, string? identityToken = null) =>
        string.IsNullOrEmpty(username) && string.IsNullOrEmpty(password) && string.IsNullOrEmpty(identityToken)
            ? Anonymous
            : new(username ?? "", password ?? "", string.IsNullOrEmpty(identityToken) ? null : identityToken);

    /// <summary>Tells only whether there is a credential.</summary>
    public override string ToString() => IsAnonymous ? "no credential" : "a credential";
}
