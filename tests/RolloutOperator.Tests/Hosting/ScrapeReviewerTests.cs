using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using RolloutOperator.Hosting;
using RolloutOperator.Serving;

namespace RolloutOperator.Tests.Hosting;

public sealed class ScrapeReviewerTests
{
    private readonly CapturingLogger<ScrapeReviewer> _log = new();
    private readonly List<string> _asked = [];

    [Theory]
    [InlineData(true, true, nameof(ScrapeAccess.Allowed), 2)]
    [InlineData(true, false, nameof(ScrapeAccess.Forbidden), 2)]
    [InlineData(false, true, nameof(ScrapeAccess.Unauthenticated), 1)]
    [InlineData(null, true, nameof(ScrapeAccess.Unknown), 1)]
    public async Task Asks_whose_token_it_is_and_whether_they_may_get_metrics(bool? known, bool allowed, string access, int asked)
    {
        await using var server = await Loopback.StartAsync();
        server.Answer = (request, context) =>
        {
            _asked.Add(request.Path);
            if (known is null)
            {
                return Loopback.StatusAsync(context, 403, "Forbidden");
            }

            var spec = JsonNode.Parse(request.Body)!["spec"]!;
            var status = request.Path switch
            {
                "/apis/authentication.k8s.io/v1/tokenreviews" when spec["token"]!.ToString() == "secret-token" =>
                    $$$"""{"authenticated":{{{(known.Value ? "true" : "false")}}},"user":{"username":"prometheus","uid":"1","groups":["a","b"],"extra":{"c":["d"]} } }""",
                "/apis/authorization.k8s.io/v1/subjectaccessreviews" when spec.ToJsonString() ==
                    """{"extra":{"c":["d"]},"groups":["a","b"],"nonResourceAttributes":{"path":"/metrics","verb":"get"},"uid":"1","user":"prometheus"}""" =>
                    $$$"""{"allowed":{{{(allowed ? "true" : "false")}}}}""",
                _ => "{}",
            };
            var kind = request.Path.EndsWith("tokenreviews", StringComparison.Ordinal) ? "TokenReview" : "SubjectAccessReview";
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync($$"""{"kind":"{{kind}}","apiVersion":"{{request.Path.Split('/')[2]}}/v1","status":{{status}}}""");
        };
        using var client = server.Client(new TestClock());
        Assert.Equal(access, (await new ScrapeReviewer(client, _log).ReviewAsync("secret-token", TestContext.Current.CancellationToken)).ToString());
        Assert.Equal(asked, _asked.Count);
        Assert.Equal(known is null, _log.Lines.Any(line => line.StartsWith("Cannot check who reads /metrics", StringComparison.Ordinal)));
        Assert.DoesNotContain(_log.Lines, line => line.Contains("secret-token", StringComparison.Ordinal));
    }
}
