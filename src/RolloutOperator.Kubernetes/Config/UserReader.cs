namespace RolloutOperator.Kubernetes.Config;

/// <summary>Reads how a user of a kubeconfig is authenticated.</summary>
internal static class UserReader
{
    public static ClientIdentity? Identity(ConfigEntry user)
    {
        string? certificate = Content(user, "client-certificate-data", "client-certificate");
        string? key = Content(user, "client-key-data", "client-key");
        return (certificate, key) switch
        {
            (null, null) => null,
            (not null, not null) => ClientIdentity.FromPem(certificate, key, $"{user.File}: {user.Name}"),
            (null, _) => throw user.Bad("client-certificate-data", "is missing beside the client key"),
            _ => throw user.Bad("client-key-data", "is missing beside the client certificate"),
        };
    }

    /// <summary>In kubectl's order: what is nearer to a finished token wins.</summary>
    public static KubeCredential Credential(ConfigEntry user, ConfigEntry cluster)
    {
        if (user.Part("auth-provider") is { } provider)
        {
            throw user.Bad("auth-provider", $"({provider.Text("name") ?? "unnamed"}) is no longer supported by Kubernetes; use an exec plugin instead");
        }

        if (user.Text("as") is not null || user.Text("as-uid") is not null)
        {
            // Passing over it would act with more rights than the file asks for.
            throw user.Bad("as", "(impersonation) is not supported; use a user that has the rights itself");
        }

        return user.FilePath("tokenFile") is { } file ? new KubeCredential.TokenFile(file)
            : user.Text("token") is { } token ? new KubeCredential.Token(Checked(user, token))
            : user.Part("exec") is { } exec ? new KubeCredential.Exec(ExecReader.Read(exec, cluster))
            : user.Text("username") is { } name ? new KubeCredential.Basic(name, user.Text("password") ?? "")
            : KubeCredential.None;
    }

    private static string Checked(ConfigEntry user, string token)
    {
        string trimmed = token.Trim();
        return trimmed.All(c => c is > ' ' and < '\x7f') ? trimmed : throw user.Bad("token", "has characters that no token has; copy it again");
    }

    private static string? Content(ConfigEntry user, string data, string file) =>
        Inline.Read(user, data) ?? (user.FilePath(file) is { } path ? Inline.ReadFile(user, file, path) : null);
}
