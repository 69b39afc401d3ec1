using System.Collections.Concurrent;
using System.Net.Http.Headers;
using RolloutOperator.Registry.Settings;
using RolloutOperator.Registry.Wire;

namespace RolloutOperator.Registry.Auth;

/// <summary>
/// Turns challenges into what to send along, and remembers it by registry, scope and credential: what one credential was
/// given is of no use to another.
/// </summary>
internal sealed class Authorizer(RegistrySettings settings, Courier courier, TimeProvider time)
{
    private const int MostGrants = 4096;

    private readonly Recent<Key, Grant.Given> _given = new(MostGrants);
    private readonly ConcurrentDictionary<Key, Task<Grant>> _asking = new();

    public AuthenticationHeaderValue? Find(Place place, RegistryCredential credential) =>
        _given.TryGet(KeyOf(place, credential), out var given) && given.Until > time.GetUtcNow() ? given.Header : null;

    /// <summary>Forgets what was turned down, unless somebody has already got another.</summary>
    public void Drop(Place place, RegistryCredential credential, AuthenticationHeaderValue header)
    {
        if (ReferenceEquals(Find(place, credential), header))
        {
            _given.Remove(KeyOf(place, credential));
        }
    }

    /// <summary>Many who ask for the same at once are answered by one request, which goes on when one of them leaves.</summary>
    public async Task<Grant> AuthorizeAsync(Place place, RegistryCredential credential, IEnumerable<string> challenges, CancellationToken cancellationToken)
    {
        var key = KeyOf(place, credential);
        var mine = new TaskCompletionSource<Grant>(TaskCreationOptions.RunContinuationsAsynchronously);
        var asking = _asking.GetOrAdd(key, mine.Task);
        if (asking == mine.Task)
        {
            _ = AnswerAsync(mine, key, place, credential, ChallengeReader.ReadAll(challenges));
        }

        return await asking.WaitAsync(cancellationToken);
    }

    private async Task AnswerAsync(TaskCompletionSource<Grant> waiting, Key key, Place place, RegistryCredential credential, IReadOnlyList<Challenge> challenges)
    {
        try
        {
            // Whoever comes just after the answer finds it here: it is put down before the question is taken away.
            var grant = _given.TryGet(key, out var known) && known.Until > time.GetUtcNow() ? known : await AskAsync(place, credential, challenges);
            if (grant is Grant.Given given && given.Until > time.GetUtcNow())
            {
                _given.Set(key, given);
            }

            _asking.TryRemove(key, out _);
            waiting.SetResult(grant);
        }
        catch (Exception e)
        {
            // Whoever waits must not wait for ever, whatever this is.
            _asking.TryRemove(key, out _);
            waiting.SetException(e);
        }
    }

    private async Task<Grant> AskAsync(Place place, RegistryCredential credential, IReadOnlyList<Challenge> challenges)
    {
        if (challenges.FirstOrDefault(challenge => challenge.IsBearer) is { } bearer)
        {
            return await AskForTokenAsync(place, credential, bearer);
        }

        if (!challenges.Any(challenge => challenge.IsBasic))
        {
            return Withheld(NoInformationReason.Unauthorized, $"{place.Registry} wants to know who asks, in no way that is known here");
        }

        return credential.HasPassword
            ? new Grant.Given(new("Basic", credential.Basic), time.GetUtcNow() + TimeSpan.FromHours(1))
            : Withheld(NoInformationReason.Unauthorized, $"{place.Registry} wants a user and a password");
    }

    private async Task<Grant> AskForTokenAsync(Place place, RegistryCredential credential, Challenge challenge)
    {
        if (!Realm.TryRead(challenge, place, settings, out var realm, out var problem))
        {
            return Withheld(NoInformationReason.Refused, $"{place.Registry} names {problem}");
        }

        if (!credential.IsAnonymous && !Realm.MayHaveCredentials(realm, place))
        {
            return Withheld(NoInformationReason.Refused, $"{place.Registry} wants its credentials shown to {realm.Host}; realms in its settings would allow it");
        }

        var reply = credential.IdentityToken is { } identityToken
            ? await courier.SendAsync(TokenRequest.Post(realm, challenge, place, identityToken), CancellationToken.None)
            : null;

        // Not every token server has heard of the newer way.
        var isUnheardOf = reply is Reply.Answer { Status: 404 or 405 } && credential.HasPassword;
        if (reply is null || isUnheardOf)
        {
            reply = await courier.SendAsync(TokenRequest.Get(realm, challenge, place, credential), CancellationToken.None);
        }

        return reply switch
        {
            Reply.Lost lost => new Grant.Withheld(lost),
            Reply.Answer { Status: 200 } answer => Read(answer, realm),
            Reply.Answer { Status: 400 or 401 or 403 } when !credential.IsAnonymous =>
                Withheld(NoInformationReason.BadCredential, $"{realm.Host} does not accept the credential"),
            Reply.Answer answer => new Grant.Withheld(Statuses.Explain(answer, realm.Host)),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private Grant Read(Reply.Answer answer, Uri realm)
    {
        var now = time.GetUtcNow();
        return TokenAnswer.TryRead(answer.Body, now) is { } token
            ? new Grant.Given(new("Bearer", token.Token), now + token.Lifetime)
            : Withheld(NoInformationReason.NotARegistry, $"{realm.Host} has given no token");
    }

    private static Grant.Withheld Withheld(NoInformationReason reason, string detail) => new(new Reply.Lost(reason, detail));

    private static Key KeyOf(Place place, RegistryCredential credential) => new(place.Registry, place.Scope, credential.Identity);

    private readonly record struct Key(string Registry, string Scope, string Identity);
}
