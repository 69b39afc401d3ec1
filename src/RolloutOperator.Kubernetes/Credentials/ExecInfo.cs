using System.Buffers;
using System.Text;
using System.Text.Json;

namespace RolloutOperator.Kubernetes.Credentials;

/// <summary>The value of KUBERNETES_EXEC_INFO. Pure.</summary>
internal static class ExecInfo
{
    public static string Write(ExecCommand command, KubeEndpoint endpoint)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("apiVersion", command.ApiVersion);
            json.WriteString("kind", "ExecCredential");
            json.WriteStartObject("spec");

            // There is never a person here: with interactiveMode IfAvailable the plugin must manage without.
            json.WriteBoolean("interactive", false);
            if (command.ProvideClusterInfo)
            {
                WriteCluster(json, command, endpoint);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteCluster(Utf8JsonWriter json, ExecCommand command, KubeEndpoint endpoint)
    {
        json.WriteStartObject("cluster");
        json.WriteString("server", endpoint.Server.OriginalString);
        if (endpoint.TlsServerName is not null)
        {
            json.WriteString("tls-server-name", endpoint.TlsServerName);
        }

        if (endpoint.SkipTlsVerify)
        {
            json.WriteBoolean("insecure-skip-tls-verify", true);
        }

        if (endpoint.CertificateAuthorities is { Count: > 0 } authorities)
        {
            json.WriteBase64String("certificate-authority-data", Encoding.ASCII.GetBytes(authorities.ExportCertificatePems()));
        }

        if (endpoint.Proxy is not null)
        {
            json.WriteString("proxy-url", endpoint.Proxy.OriginalString);
        }

        if (command.ClusterConfigJson is not null)
        {
            json.WritePropertyName("config");
            json.WriteRawValue(command.ClusterConfigJson);
        }

        json.WriteEndObject();
    }
}
