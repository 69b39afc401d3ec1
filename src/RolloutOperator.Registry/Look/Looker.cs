using RolloutOperator.Registry.Pace;
using RolloutOperator.Registry.Settings;
using RolloutOperator.Registry.Wire;

namespace RolloutOperator.Registry.Look;

/// <summary>From a place and a credential to a digest: a HEAD, and a GET only where a HEAD does not say it.</summary>
internal sealed class Looker(Asker asker, TimeProvider time)
{
    private const int MostRemembered = 4096;

    // A registry that learns to answer HEAD is found out after this time.
    private static readonly TimeSpan HeadlessFor = TimeSpan.FromHours(6);

    // Repositories whose digest a HEAD does not say.
    private readonly Recent<string, DateTimeOffset> _headless = new(MostRemembered);

    // What a GET did not find either: that is not asked for again with each look.
    private readonly Recent<(Uri Manifest, string Identity), bool> _gone = new(MostRemembered);

    public async Task<Resolution> LookAsync(Place place, RegistryCredential credential, Budget budget, CancellationToken cancellationToken)
    {
        var isHeadless = _headless.TryGet(place.Image, out var until) && until > time.GetUtcNow();
        if (!isHeadless)
        {
            var reply = await asker.AskAsync(HttpMethod.Head, place, credential, budget, cancellationToken);
            if (Judge(reply, place, credential) is { } resolution)
            {
                return resolution;
            }
        }

        if (budget.BeforePull() is { } wait)
        {
            return new Resolution.NoInformation(NoInformationReason.Resting, $"what {place.Registry} allows is almost used up, and to look costs a pull", wait);
        }

        return await PullAsync(place, credential, budget, cancellationToken);
    }

    // Null where only a GET can tell.
    private Resolution? Judge(Reply reply, Place place, RegistryCredential credential)
    {
        switch (reply)
        {
            case Reply.Lost lost:
                return lost.Resolution;
            case Reply.Answer { Status: 200 } answer:
                if (ManifestRules.ProblemOfType(answer, place.Registry) is { } problem)
                {
                    return problem.Resolution;
                }

                if (ManifestRules.DigestIn(answer) is not { } digest)
                {
                    return null;
                }

                _gone.Remove((place.Manifest, credential.Identity));
                return new Resolution.Found(digest);
            case Reply.Answer { Status: 405 or 501 }:
                return null;
            case Reply.Answer { Status: 404 } when !_gone.TryGet((place.Manifest, credential.Identity), out _):
                return null;
            case Reply.Answer answer:
                return Statuses.Explain(answer, place.Registry).Resolution;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private async Task<Resolution> PullAsync(Place place, RegistryCredential credential, Budget budget, CancellationToken cancellationToken)
    {
        var reply = await asker.AskAsync(HttpMethod.Get, place, credential, budget, cancellationToken);
        if (reply is not Reply.Answer answer)
        {
            return ((Reply.Lost)reply).Resolution;
        }

        if (answer.Status == 404)
        {
            _gone.Set((place.Manifest, credential.Identity), true);
        }

        if (answer.Status != 200)
        {
            return Statuses.Explain(answer, place.Registry).Resolution;
        }

        var resolution = ManifestRules.DigestOf(answer, place.Registry);
        if (resolution is Resolution.Found)
        {
            _headless.Set(place.Image, time.GetUtcNow() + HeadlessFor);
            _gone.Remove((place.Manifest, credential.Identity));
        }

        return resolution;
    }
}
