namespace RolloutOperator.Kubernetes.Tests;

public class KubeExceptionTests
{
    [Theory]
    [InlineData("list", "/api/v1/secrets", 403, "Forbidden", "grant list on secrets in all namespaces")]
    [InlineData("get", "/api/v1/namespaces/shop/secrets/x", 403, "Forbidden", "grant get on secrets in namespace shop")]
    [InlineData("watch", "/prefix/apis/apps/v1/namespaces/shop/deployments", 403, "Forbidden", "grant watch on deployments in namespace shop")]
    [InlineData("list", "/api/v1/namespaces", 403, "Forbidden", "grant list on namespaces")]
    [InlineData("get", "/version", 403, "Forbidden", "grant get on /version")]
    [InlineData("get", "/version", 401, "Unauthorized", "renew the credential: the token is expired or unknown")]
    [InlineData("get", "/api/v1/namespaces/shop/secrets/x", 404, "NotFound", "create it, or check the name and the namespace in /api/v1/namespaces/shop/secrets/x")]
    [InlineData("list", "/apis/example.io/v1/things", 404, null, "check that the API server serves this resource")]
    [InlineData("patch", "/api/v1/namespaces/shop/secrets/x", 409, "Conflict", "read the object again and retry")]
    [InlineData("get", "/version", 429, "TooManyRequests", "retry later: the API server is overloaded")]
    [InlineData("get", "/version", 500, "InternalError", "see the message of the API server")]
    public void An_API_error_has_a_remedy(string verb, string path, int code, string? reason, string remedy) =>
        Assert.Equal(remedy, new KubeApiException(verb, path, new() { Code = code, Reason = reason }, retryAfter: null).Remedy);

    [Fact]
    public void Other_errors_have_a_remedy()
    {
        Assert.Equal("check that the API server is reachable", new KubeTransportException("").Remedy);
        Assert.Equal("fix the configuration", new KubeConfigException("").Remedy);
    }
}
