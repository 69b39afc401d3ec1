using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using RolloutOperator.Kubernetes.Configuration;

namespace RolloutOperator.Kubernetes.Credentials;

/// <summary>The JSON that is exchanged with a plugin, both ways. The library's own model keeps its status internal.</summary>
/// <seealso href="https://kubernetes.io/docs/reference/config-api/client-authentication.v1/"/>
internal sealed record ExecCredential(LiveCredential Credential, DateTimeOffset? Expires, string Fingerprint)
{
    public override string ToString() => nameof(ExecCredential);

    /// <summary>Reads what a plugin printed.</summary>
    public static ExecCredential Read(ReadOnlyMemory<byte> output, ExecCommand command, KubeEndpoint endpoint)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(output);
            return Read(document.RootElement, command, endpoint);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Without the parser's message, which may quote the token.
            throw Bad(command, endpoint, "did not print an ExecCredential in JSON");
        }
    }

    /// <summary>The value of KUBERNETES_EXEC_INFO.</summary>
    public static string Info(ExecCommand command, KubeEndpoint endpoint)
    {
        // Nobody can answer a prompt. With interactiveMode IfAvailable the plugin must do without.
        var spec = new JsonObject { ["interactive"] = false };
        if (command.ProvideClusterInfo)
        {
            KeyValuePair<string, JsonNode?>[] cluster =
            [
                new("server", endpoint.Server.OriginalString),
                new("tls-server-name", endpoint.TlsServerName),
                new("insecure-skip-tls-verify", endpoint.SkipTlsVerify ? true : null),
                new("certificate-authority-data", endpoint.CertificateAuthorities is { Count: > 0 } authorities ? Convert.ToBase64String(Encoding.ASCII.GetBytes(authorities.ExportCertificatePems())) : null),
                new("proxy-url", endpoint.Proxy?.OriginalString),
                new("config", command.ClusterConfigJson is { } config ? JsonNode.Parse(config) : null),
            ];
            spec["cluster"] = new JsonObject(cluster.Where(member => member.Value is not null));
        }

        return new JsonObject { ["apiVersion"] = command.ApiVersion, ["kind"] = "ExecCredential", ["spec"] = spec }.ToJsonString();
    }

    private static ExecCredential Read(JsonElement root, ExecCommand command, KubeEndpoint endpoint)
    {
        string? version = Text(root, "apiVersion");
        if (Text(root, "kind") != "ExecCredential" || version != command.ApiVersion)
        {
            throw Bad(command, endpoint, $"printed {Text(root, "kind") ?? "no kind"} of {version ?? "no apiVersion"} where ExecCredential of {command.ApiVersion} is expected; make the exec entry's apiVersion and the plugin agree");
        }

        if (!root.TryGetProperty("status", out JsonElement status) || status.ValueKind != JsonValueKind.Object)
        {
            throw Bad(command, endpoint, "printed no status");
        }

        (string? token, string? certificate, string? key) = (Text(status, "token"), Text(status, "clientCertificateData"), Text(status, "clientKeyData"));
        string? fault = (token, certificate, key) switch
        {
            (null, null, _) => "printed neither a token nor a client certificate",
            (_, null, not null) or (_, not null, null) => "printed only one of clientCertificateData and clientKeyData",
            _ when token is not null && !token.All(c => c is > ' ' and < '\x7f') => "printed a token with characters that a header cannot have",
            _ => null,
        };
        if (fault is not null)
        {
            throw Bad(command, endpoint, fault);
        }

        ClientIdentity? identity = certificate is null ? null : ClientIdentity.FromPem(certificate, key!, $"the output of {command.Command}");
        var live = new LiveCredential(
            token is null ? null : new("Bearer", token),
            identity?.Certificate ?? endpoint.ClientCertificate,
            identity is null ? endpoint.ClientCertificateChain : identity.Chain);
        return new(live, Expiry(status, command, endpoint), Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{token}\n{certificate}\n{key}"))));
    }

    private static DateTimeOffset? Expiry(JsonElement status, ExecCommand command, KubeEndpoint endpoint) => Text(status, "expirationTimestamp") switch
    {
        null => null,
        string text when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) => time,
        _ => throw Bad(command, endpoint, "printed an expirationTimestamp that is not a time"),
    };

    // Null if it is absent, empty or not a string.
    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    private static KubeConfigException Bad(ExecCommand command, KubeEndpoint endpoint, string what) =>
        new($"the credential plugin {command.Command} {what} ({endpoint.Description})");
}
