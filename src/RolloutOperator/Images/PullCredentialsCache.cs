using System.Collections.Immutable;
using System.Runtime.InteropServices;
using RolloutOperator.Core.Templates;
using RolloutOperator.Registry;
using RolloutOperator.Timing;
using RolloutOperator.Watching;

namespace RolloutOperator.Images;

/// <summary>
/// The pull credentials in use. They are read again when one of their Secrets changes, and when a registry does not return
/// a digest: ServiceAccounts are not watched. Not thread-safe: the <see cref="ImageTracker"/> uses it.
/// </summary>
/// <param name="names">The names of the Secrets that are watched.</param>
/// <param name="effects">Receives the credentials to read.</param>
/// <param name="timings">Without a change of a Secret, they are read no more often than tags are checked.</param>
/// <param name="random">Returns a number from 0 to 1; adds jitter to backoffs.</param>
internal sealed class PullCredentialsCache(ReferencedNames names, ICollection<ImageEffect> effects, PollTimings timings, Func<double> random)
{
    private static readonly ExponentialBackoff Backoff = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));

    private readonly Dictionary<PullCredentialsKey, PullCredentials> _credentials = [];
    private readonly Dictionary<SourceKey, HashSet<PullCredentials>> _bySecret = [];

    public PullCredentials GetOrAdd(PullCredentialsKey key)
    {
        if (!_credentials.TryGetValue(key, out var credentials))
        {
            _credentials[key] = credentials = new(key);
            Watch(credentials, [.. key.Secrets.Names]);
            Read(credentials);
        }

        return credentials;
    }

    /// <summary>The image is not used any more. Credentials without images are removed.</summary>
    public void Remove(TrackedImage image)
    {
        var credentials = image.Credentials;
        credentials.Images.Remove(image);
        if (credentials.Images.Count == 0)
        {
            _credentials.Remove(credentials.Key);
            Watch(credentials, []);
        }
    }

    public void SecretChanged(SourceKey secret)
    {
        foreach (var credentials in _bySecret.GetValueOrDefault(secret, []))
        {
            credentials.ForgetRejections = true;
            Read(credentials);
        }
    }

    /// <summary>Changes of Secrets may have been missed, in one namespace or, if it is null, in all.</summary>
    public void ChangesMissed(string? @namespace)
    {
        foreach (var credentials in _credentials.Values.Where(each => @namespace is null || each.Key.Namespace == @namespace))
        {
            Read(credentials);
        }
    }

    /// <summary>A check of the images failed: their credentials may be out of date.</summary>
    public void CheckFailed(IEnumerable<TrackedImage> images, TimeSpan now)
    {
        foreach (var credentials in images.Select(image => image.Credentials).Distinct())
        {
            if (now - credentials.ReadAt >= timings.Interval)
            {
                Read(credentials);
            }
        }
    }

    /// <summary>Returns whether the content counts. If not, it is read again, or nobody needs it any more.</summary>
    /// <param name="credentials">What was read.</param>
    /// <param name="content">What was found.</param>
    /// <param name="now">The present time.</param>
    /// <param name="forgetRejections">Whether rejected credentials deserve another try, because a Secret was written.</param>
    public bool TryUpdate(PullCredentials credentials, PullCredentialsContent content, TimeSpan now, out bool forgetRejections)
    {
        (credentials.IsReading, credentials.Failures, forgetRejections) = (false, 0, false);
        if (credentials.Images.Count == 0)
        {
            return false;
        }

        // Watch first, then read: a change between the two is an event, and one before them is in what is read.
        if (Watch(credentials, content.Secrets) || credentials.ReadAgain)
        {
            Read(credentials);
            return false;
        }

        (credentials.Keyring, credentials.Problem, credentials.ReadAt) = (content.Keyring, content.Problem, now);
        (forgetRejections, credentials.ForgetRejections) = (credentials.ForgetRejections, false);
        return true;
    }

    /// <summary>The credentials could not be read: they are read again after a delay, as long as they are needed.</summary>
    public void ReadFailed(PullCredentials credentials)
    {
        credentials.IsReading = false;
        if (credentials.Images.Count > 0)
        {
            Read(credentials, Backoff.After(++credentials.Failures, random()));
        }
    }

    private void Read(PullCredentials credentials, TimeSpan delay = default)
    {
        credentials.ReadAgain = credentials.IsReading;
        if (!credentials.IsReading)
        {
            credentials.IsReading = true;
            effects.Add(new ImageEffect.ReadCredentials(credentials, delay));
        }
    }

    // Returns whether there is a Secret among them that was not watched before.
    private bool Watch(PullCredentials credentials, ImmutableHashSet<string> secrets)
    {
        var (added, removed) = (secrets.Except(credentials.Secrets), credentials.Secrets.Except(secrets));
        credentials.Secrets = secrets;
        foreach (var name in added)
        {
            ref var users = ref CollectionsMarshal.GetValueRefOrAddDefault(_bySecret, SecretKey(credentials, name), out var isWatched);
            (users ??= []).Add(credentials);
            if (!isWatched)
            {
                names.Add(name);
            }
        }

        foreach (var name in removed)
        {
            var users = _bySecret[SecretKey(credentials, name)];
            users.Remove(credentials);
            if (users.Count == 0)
            {
                _bySecret.Remove(SecretKey(credentials, name));
                names.Remove(name);
            }
        }

        return !added.IsEmpty;
    }

    private static SourceKey SecretKey(PullCredentials credentials, string name) =>
        new(credentials.Key.Namespace, new SourceRef(SourceKind.Secret, name));
}

/// <summary>The pull credentials of one place, and the images that use them.</summary>
internal sealed class PullCredentials(PullCredentialsKey key)
{
    public PullCredentialsKey Key { get; } = key;

    public HashSet<TrackedImage> Images { get; } = [];

    /// <summary>Null until they have been read for the first time.</summary>
    public Keyring? Keyring { get; set; }

    /// <summary>What could not be read, as a clause, or null.</summary>
    public string? Problem { get; set; }

    /// <summary>The Secrets whose changes are watched.</summary>
    public ImmutableHashSet<string> Secrets { get; set; } = [];

    public bool IsReading { get; set; }

    /// <summary>Whether to read them once more after that, because a Secret may have changed meanwhile.</summary>
    public bool ReadAgain { get; set; }

    /// <summary>Failed reads in a row.</summary>
    public int Failures { get; set; }

    /// <summary>Whether a Secret was written since the last read: rejected credentials deserve another try.</summary>
    public bool ForgetRejections { get; set; }

    public TimeSpan ReadAt { get; set; }
}
