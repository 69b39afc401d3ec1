using RolloutOperator.Registry.Auth;
using RolloutOperator.Registry.Pace;
using RolloutOperator.Registry.Settings;
using RolloutOperator.Registry.Wire;

namespace RolloutOperator.Registry.Look;

/// <summary>Asks for a manifest, and says who asks when the registry wants to know.</summary>
internal sealed class Asker(Courier courier, Authorizer authorizer)
{
    public async Task<Reply> AskAsync(HttpMethod method, Place place, RegistryCredential credential, Budget budget, CancellationToken cancellationToken)
    {
        var call = new Call(place, RegistryStep.Manifest, method, place.Manifest)
        {
            Accept = ManifestRules.Accept,
            Limit = method == HttpMethod.Get ? ManifestRules.LongestManifest : 0,
            FollowsRedirects = true,
        };
        var remembered = authorizer.Find(place, credential);
        var reply = await SendAsync(call with { Authorization = remembered }, budget, cancellationToken);

        // Some say 400 or 403 to a token that has run out, and do not say then how to get another.
        if (remembered is not null && reply is Reply.Answer { Status: 400 or 401 or 403 } turnedDown)
        {
            authorizer.Drop(place, credential, remembered);
            reply = turnedDown.Status == 401 ? reply : await SendAsync(call, budget, cancellationToken);
        }

        if (reply is not Reply.Answer { Status: 401, IsForeign: false } challenged)
        {
            return reply;
        }

        switch (await authorizer.AuthorizeAsync(place, credential, challenged.Challenges, cancellationToken))
        {
            case Grant.Withheld withheld:
                return withheld.Reason;
            case Grant.Given given:
                reply = await SendAsync(call with { Authorization = given.Header }, budget, cancellationToken);
                if (reply is Reply.Answer { Status: 401 })
                {
                    authorizer.Drop(place, credential, given.Header);
                    return given.Header.Scheme == "Basic"
                        ? new Reply.Lost(NoInformationReason.BadCredential, $"{place.Registry} does not accept the user and the password")
                        : new Reply.Lost(NoInformationReason.Unauthorized, $"{place.Registry} does not accept the token that its token server has given");
                }

                return reply;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private async Task<Reply> SendAsync(Call call, Budget budget, CancellationToken cancellationToken)
    {
        var reply = await courier.SendAsync(call, cancellationToken);
        if (reply is Reply.Answer { Status: not 429 } answer)
        {
            budget.Served(answer.Quota);
        }

        return reply;
    }
}
