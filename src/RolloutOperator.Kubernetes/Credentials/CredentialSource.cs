using System.Net.Http.Headers;
using System.Text;

namespace RolloutOperator.Kubernetes.Credentials;

/// <summary>Makes the live thing from its description.</summary>
internal static class CredentialSource
{
    public static ICredentialSource For(KubeEndpoint endpoint, TimeProvider time) => endpoint.Credential switch
    {
        KubeCredential.Token token => Fixed(endpoint, Bearer(token.Value)),
        KubeCredential.Basic basic => Fixed(endpoint, new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{basic.User}:{basic.Password}")))),
        KubeCredential.TokenFile file => new FileToken(file.Path, endpoint, time),
        KubeCredential.Exec exec => new ExecCredential(exec.Command, endpoint, time),
        _ => Fixed(endpoint, null),
    };

    public static AuthenticationHeaderValue Bearer(string token) => new("Bearer", token);

    private static FixedCredential Fixed(KubeEndpoint endpoint, AuthenticationHeaderValue? header) =>
        new(new LiveCredential(header, endpoint.ClientCertificate, endpoint.ClientCertificateChain));
}
