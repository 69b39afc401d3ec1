using System.Collections.Immutable;
using RolloutOperator.Core;
using RolloutOperator.Registry;

namespace RolloutOperator.Observe.Images;

/// <summary>
/// Which images are used, by whom, with which credentials, and what is known of them. Used by the
/// <see cref="ImagePoller"/> alone, on its one thread of thought; time is what the caller says it is.
/// </summary>
/// <param name="store">Takes what is known.</param>
/// <param name="purses">The credentials.</param>
/// <param name="identify">Who asks for an image with some credentials.</param>
/// <param name="forgive">Credentials that were turned down deserve another try.</param>
/// <param name="look">Begins a look at a tag, in a term.</param>
/// <param name="changed">Hears of each claim about which something else is known now.</param>
/// <param name="pace">How often to look.</param>
/// <param name="chance">From 0 to 1: spreads looks.</param>
internal sealed class ImageBook(
    ImageStore store,
    PurseBook purses,
    Func<ImageReference, Keyring, string> identify,
    Action<ImageReference, Keyring> forgive,
    Action<Tag, int> look,
    Action<ImageClaim> changed,
    ImagePace pace,
    Func<double> chance)
{
    private readonly Dictionary<WorkloadRef, ImmutableArray<ImageClaim>> _used = [];
    private readonly Dictionary<ImageClaim, Claimed> _claims = [];
    private readonly TagTable _tags = new();
    private readonly Agenda _agenda = new(pace);
    private int _term;
    private bool _leads;

    /// <summary>When the next look is due, or null.</summary>
    public TimeSpan? Next => _leads ? _agenda.Next : null;

    /// <summary>How many tags are looked at.</summary>
    public int Count => _tags.Count;

    /// <summary>How many of them are believed only when they have come to rest.</summary>
    public int Flapping => _tags.Flapping;

    /// <summary>Looks at what is due.</summary>
    public void LookAtDue(TimeSpan now)
    {
        while (_leads && _agenda.TryTake(now, out var tag))
        {
            Look(tag, now);
        }
    }

    public void Take(ImageNews news, TimeSpan now)
    {
        switch (news)
        {
            case ImageNews.Used used:
                Use(used.Workload, used.Claims, now);
                break;
            case ImageNews.Rang rang:
                purses.Ring(rang.Secret);
                break;
            case ImageNews.Missed missed:
                purses.Miss(missed.Namespace);
                break;
            case ImageNews.Leads leads:
                Lead(leads.Yes, now);
                break;
            case ImageNews.Hinted hinted:
                foreach (var tag in _tags.About(hinted.Hint))
                {
                    _agenda.Hint(tag, now);
                }

                break;
            case ImageNews.Asked asked:
                asked.Answer.TrySetResult(new(_leads, [.. _tags.All.Select(tag => ImageSight.Of(tag, now))]));
                break;
            case ImageNews.Opened opened:
                if (purses.Take(opened.Purse, opened.Content, now, out var forgiven))
                {
                    Open(opened.Purse, forgiven, now);
                }

                break;
            case ImageNews.Answered answered:
                Answer(answered.Tag, answered.Term, answered.Answer, now);
                break;
            default:
                throw new InvalidOperationException($"Nobody takes {news.GetType().Name}.");
        }
    }

    private void Use(WorkloadRef workload, ImmutableArray<ImageClaim> claims, TimeSpan now)
    {
        var before = _used.GetValueOrDefault(workload, []);
        foreach (var claim in claims.Except(before))
        {
            Join(claim, workload, now);
        }

        foreach (var claim in before.Except(claims))
        {
            Leave(claim, workload);
        }

        if (claims.IsEmpty)
        {
            _used.Remove(workload);
        }
        else
        {
            _used[workload] = claims;
        }
    }

    private void Join(ImageClaim claim, WorkloadRef workload, TimeSpan now)
    {
        if (!_claims.TryGetValue(claim, out var claimed))
        {
            if (!ImageReference.TryParse(claim.Text, out var reference, out var problem))
            {
                // No pod can run it either.
                Put(claim, new SourceState.Image(null, "cannot be looked at: the image " + problem));
                return;
            }

            _claims[claim] = claimed = new(claim, reference, purses.Join(claim.Purse));
            claimed.Purse.Claims.Add(claimed);
            if (claimed.Purse.Keyring is { } keyring)
            {
                Attach(claimed, keyring, now);
            }
        }

        claimed.Users.Add(workload);
    }

    private void Leave(ImageClaim claim, WorkloadRef workload)
    {
        if (!_claims.TryGetValue(claim, out var claimed))
        {
            store.Remove(claim);
        }
        else if (claimed.Users.Remove(workload) && claimed.Users.Count == 0)
        {
            _claims.Remove(claim);
            Detach(claimed);
            purses.Leave(claimed);
            store.Remove(claim);
        }
    }

    // The digest was seen before by the same claim, or by another one with the same credentials: it stays known.
    private void Attach(Claimed claimed, Keyring keyring, TimeSpan now)
    {
        var name = new TagName(claimed.Reference.ToString(), identify(claimed.Reference, keyring));
        if (claimed.Tag?.Name == name)
        {
            return;
        }

        var before = claimed.Tag?.State;
        Detach(claimed);
        if (_tags.Find(name) is not { } tag)
        {
            tag = _tags.Add(name, claimed.Reference, keyring, before ?? TagWatch.New);
            _agenda.Put(tag, now + (before is null ? pace.First * chance() : TimeSpan.Zero));
        }

        claimed.Tag = tag;
        tag.Claims.Add(claimed);
        Tell(claimed, tag);
    }

    private void Detach(Claimed claimed)
    {
        if (claimed.Tag is { } tag)
        {
            claimed.Tag = null;
            tag.Claims.Remove(claimed);
            if (tag.Claims.Count == 0)
            {
                _tags.Remove(tag);
                Agenda.Strike(tag);
            }
        }
    }

    private void Open(Purse purse, bool forgiven, TimeSpan now)
    {
        foreach (var claimed in purse.Claims)
        {
            Attach(claimed, purse.Keyring!, now);
            if (forgiven)
            {
                forgive(claimed.Reference, purse.Keyring!);
                _agenda.Hurry(claimed.Tag!, now);
            }
        }
    }

    private void Lead(bool leads, TimeSpan now)
    {
        _leads = leads;
        _term++;
        foreach (var tag in _tags.All)
        {
            // What was known in an earlier term may be older than what another leader has acted on.
            _tags.Know(tag, TagWatch.New);
            (tag.Looking, tag.Again, tag.Hinted) = (false, false, false);
            Tell(tag);
            _agenda.Put(tag, now + (pace.First * chance()));
        }
    }

    private void Look(Tag tag, TimeSpan now)
    {
        (tag.Looking, tag.Again, tag.LookedAt) = (true, false, now);
        look(tag, _term);
    }

    private void Answer(Tag tag, int term, Resolution answer, TimeSpan now)
    {
        if (term != _term || tag.Claims.Count == 0)
        {
            return;
        }

        var before = tag.State;
        _tags.Know(tag, before.Next(answer, now, pace, chance()));
        tag.Looking = false;
        _agenda.PutNext(tag, now);
        Tell(tag);
        if (tag.State is { IsPending: true, Manifest: not null, Flaps: false } && !before.IsPending)
        {
            Gather(tag, now);
        }

        if (tag.State.Failures > 0)
        {
            purses.Doubt(tag.Claims, now);
        }
    }

    // What was pushed together is found together: then it is one rollout for each workload.
    private void Gather(Tag moving, TimeSpan now)
    {
        foreach (var tag in moving.Claims.SelectMany(claimed => claimed.Users).Distinct()
            .SelectMany(user => _used[user]).Distinct()
            .Select(claim => _claims.GetValueOrDefault(claim)?.Tag)
            .OfType<Tag>().Where(tag => tag != moving).Distinct())
        {
            _agenda.Hurry(tag, now);
        }
    }

    private void Tell(Tag tag)
    {
        foreach (var claimed in tag.Claims)
        {
            Tell(claimed, tag);
        }
    }

    private void Tell(Claimed claimed, Tag tag)
    {
        var problem = tag.State.Problem;
        Put(claimed.Claim, new(tag.State.Manifest, problem is null || claimed.Purse.Problem is not { } missing ? problem : $"{problem}; {missing}"));
    }

    private void Put(ImageClaim claim, SourceState.Image state)
    {
        if (store.Put(claim, state))
        {
            changed(claim);
        }
    }
}
