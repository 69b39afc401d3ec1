using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;

namespace RolloutOperator.Kubernetes.Credentials;

/// <summary>What goes with a request now. A class, compared by reference: "changed" means that it was obtained anew and differs.</summary>
internal sealed class LiveCredential(AuthenticationHeaderValue? header, X509Certificate2? certificate, X509Certificate2Collection? certificateChain)
{
    public AuthenticationHeaderValue? Header { get; } = header;

    public X509Certificate2? Certificate { get; } = certificate;

    public X509Certificate2Collection? CertificateChain { get; } = certificateChain;
}
