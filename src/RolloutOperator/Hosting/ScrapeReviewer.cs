using System.Text.Json;
using k8s.Models;
using Microsoft.Extensions.Logging;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serving;

namespace RolloutOperator.Hosting;

/// <summary>Asks the API server whose token it is (TokenReview), and whether they may get <c>/metrics</c> (SubjectAccessReview).</summary>
internal sealed class ScrapeReviewer(KubeClient client, ILogger<ScrapeReviewer> log) : IScrapeReviewer
{
    private static readonly V1NonResourceAttributes Metrics = new() { Path = "/metrics", Verb = "get" };

    public async Task<ScrapeAccess> ReviewAsync(string token, CancellationToken cancellationToken)
    {
        try
        {
            var review = await client.ReviewAsync(ResourceTypes.TokenReviews, KubeModels.Write(Of(token), KubeModels.Default.V1TokenReview), ReadUser, cancellationToken);
            if (review is not { Authenticated: true, User: { } user })
            {
                return ScrapeAccess.Unauthenticated;
            }

            var allowed = await client.ReviewAsync(
                ResourceTypes.SubjectAccessReviews, KubeModels.Write(Of(user), KubeModels.Default.V1SubjectAccessReview), ReadAllowed, cancellationToken);
            return allowed ? ScrapeAccess.Allowed : ScrapeAccess.Forbidden;
        }
        catch (KubeException e)
        {
            log.ScrapeNotReviewed(e.Message, e.Remedy);
            return ScrapeAccess.Unknown;
        }
    }

    private static V1TokenReview Of(string token) => new()
    {
        ApiVersion = ResourceTypes.TokenReviews.ApiVersion,
        Kind = ResourceTypes.TokenReviews.Kind,
        Spec = new() { Token = token },
    };

    private static V1SubjectAccessReview Of(V1UserInfo user) => new()
    {
        ApiVersion = ResourceTypes.SubjectAccessReviews.ApiVersion,
        Kind = ResourceTypes.SubjectAccessReviews.Kind,
        Spec = new() { User = user.Username, Uid = user.Uid, Groups = user.Groups, Extra = user.Extra, NonResourceAttributes = Metrics },
    };

    private static V1TokenReviewStatus? ReadUser(ref Utf8JsonReader reader) => KubeModels.Read(ref reader, KubeModels.Default.V1TokenReview).Status;

    private static bool ReadAllowed(ref Utf8JsonReader reader) => KubeModels.Read(ref reader, KubeModels.Default.V1SubjectAccessReview).Status is { Allowed: true };
}
