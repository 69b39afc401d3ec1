using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using RolloutOperator.Kubernetes.Config;

namespace RolloutOperator.Kubernetes.Credentials;

/// <summary>What a plugin printed.</summary>
internal sealed record ExecAnswer(LiveCredential Credential, DateTimeOffset? Expires, string Fingerprint)
{
    public bool IsSameAs(ExecAnswer other) => Fingerprint == other.Fingerprint;

    public override string ToString() => nameof(ExecAnswer);

    public static ExecAnswer Read(ReadOnlySpan<byte> output, ExecCommand command, KubeEndpoint endpoint)
    {
        try
        {
            return Parse(output, command, endpoint);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Without the parser's message, which may quote the token.
            throw Bad(command, endpoint, "did not print an ExecCredential in JSON");
        }
    }

    private static ExecAnswer Parse(ReadOnlySpan<byte> output, ExecCommand command, KubeEndpoint endpoint)
    {
        byte[] copy = output.ToArray();
        using JsonDocument document = JsonDocument.Parse(copy);
        JsonElement root = document.RootElement;
        string? version = Text(root, "apiVersion");
        if (Text(root, "kind") != "ExecCredential" || version != command.ApiVersion)
        {
            throw Bad(command, endpoint, $"printed {Text(root, "kind") ?? "no kind"} of {version ?? "no apiVersion"} where ExecCredential of {command.ApiVersion} is expected; make the exec entry's apiVersion and the plugin agree");
        }

        if (!root.TryGetProperty("status", out JsonElement status) || status.ValueKind != JsonValueKind.Object)
        {
            throw Bad(command, endpoint, "printed no status");
        }

        string? token = Text(status, "token");
        string? certificate = Text(status, "clientCertificateData");
        string? key = Text(status, "clientKeyData");
        if (string.IsNullOrEmpty(token) && string.IsNullOrEmpty(certificate))
        {
            throw Bad(command, endpoint, "printed neither a token nor a client certificate");
        }

        if (string.IsNullOrEmpty(certificate) != string.IsNullOrEmpty(key))
        {
            throw Bad(command, endpoint, "printed only one of clientCertificateData and clientKeyData");
        }

        if (token is not null && !token.All(c => c is > ' ' and < '\x7f'))
        {
            throw Bad(command, endpoint, "printed a token with characters that no header may have");
        }

        ClientIdentity? identity = string.IsNullOrEmpty(certificate) ? null : ClientIdentity.FromPem(certificate, key!, $"the output of {command.Command}");
        var live = new LiveCredential(
            string.IsNullOrEmpty(token) ? null : CredentialSource.Bearer(token),
            identity?.Certificate ?? endpoint.ClientCertificate,
            identity is null ? endpoint.ClientCertificateChain : identity.Chain);
        return new ExecAnswer(live, Expiry(status, command, endpoint), Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{token}\n{certificate}\n{key}"))));
    }

    private static DateTimeOffset? Expiry(JsonElement status, ExecCommand command, KubeEndpoint endpoint) => Text(status, "expirationTimestamp") switch
    {
        null or "" => null,
        string text when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) => time,
        _ => throw Bad(command, endpoint, "printed an expirationTimestamp that is not a time"),
    };

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static KubeConfigException Bad(ExecCommand command, KubeEndpoint endpoint, string what) =>
        new($"the credential plugin {command.Command} {what} ({endpoint.Description})");
}
