using RolloutOperator.Core;

namespace RolloutOperator.Observe.Images;

/// <summary>
/// The credentials in use, and when they have to be read again: when one of their Secrets rings, and when a registry does
/// not answer as it should. A ServiceAccount has no bell: it is read again with the latter.
/// </summary>
/// <param name="interest">The names of which bells ring.</param>
/// <param name="open">Begins to read one.</param>
/// <param name="pace">No more often than looks, if nothing rings.</param>
internal sealed class PurseBook(Interest interest, Action<Purse> open, ImagePace pace)
{
    private readonly Dictionary<PurseName, Purse> _purses = [];
    private readonly Dictionary<SourceKey, HashSet<Purse>> _secrets = [];

    public Purse Join(PurseName name)
    {
        if (!_purses.TryGetValue(name, out var purse))
        {
            _purses[name] = purse = new(name);
            Listen(purse, name.Secrets.Names);
            Open(purse);
        }

        return purse;
    }

    public void Leave(Claimed claimed)
    {
        var purse = claimed.Purse;
        purse.Claims.Remove(claimed);
        if (purse.Claims.Count == 0)
        {
            _purses.Remove(purse.Name);
            Ignore(purse, purse.Secrets);
        }
    }

    public void Ring(SourceKey secret)
    {
        foreach (var purse in _secrets.GetValueOrDefault(secret, []))
        {
            purse.Forgiving = true;
            Open(purse);
        }
    }

    public void Miss(string? @namespace)
    {
        foreach (var purse in _purses.Values.Where(purse => @namespace is null || purse.Name.Namespace == @namespace))
        {
            Open(purse);
        }
    }

    public void Doubt(IEnumerable<Claimed> claims, TimeSpan now)
    {
        foreach (var purse in claims.Select(claimed => claimed.Purse).Distinct())
        {
            if (now - purse.OpenedAt >= pace.Interval)
            {
                Open(purse);
            }
        }
    }

    /// <summary>Takes what was found in it, and says whether that counts; else it is being read once more.</summary>
    public bool Take(Purse purse, PurseContent content, TimeSpan now, out bool forgiven)
    {
        forgiven = false;
        purse.Opening = false;
        if (purse.Claims.Count == 0)
        {
            return false;
        }

        // Interest first, then the read: a change between them rings, one before them is in what is read.
        var unheard = content.Secrets.Except(purse.Secrets);
        Listen(purse, unheard);
        Ignore(purse, purse.Secrets.Except(content.Secrets));
        if (unheard.Count > 0 || purse.Again)
        {
            purse.Again = false;
            Open(purse);
            return false;
        }

        (purse.Keyring, purse.Problem, purse.OpenedAt) = (content.Keyring, content.Problem, now);
        (forgiven, purse.Forgiving) = (purse.Forgiving, false);
        return true;
    }

    private void Open(Purse purse)
    {
        purse.Again = purse.Opening;
        if (!purse.Opening)
        {
            purse.Opening = true;
            open(purse);
        }
    }

    private void Listen(Purse purse, IEnumerable<string> names)
    {
        foreach (var name in names.Except(purse.Secrets).ToArray())
        {
            purse.Secrets = purse.Secrets.Add(name);
            var secret = Key(purse, name);
            if (!_secrets.TryGetValue(secret, out var purses))
            {
                _secrets[secret] = purses = [];
                interest.Add(name);
            }

            purses.Add(purse);
        }
    }

    private void Ignore(Purse purse, IEnumerable<string> names)
    {
        foreach (var name in names.ToArray())
        {
            purse.Secrets = purse.Secrets.Remove(name);
            var secret = Key(purse, name);
            if (_secrets.TryGetValue(secret, out var purses) && purses.Remove(purse) && purses.Count == 0)
            {
                _secrets.Remove(secret);
                interest.Remove(name);
            }
        }
    }

    private static SourceKey Key(Purse purse, string name) => new(purse.Name.Namespace, new SourceRef(SourceKind.Secret, name));
}
