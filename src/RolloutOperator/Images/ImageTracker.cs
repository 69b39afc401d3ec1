using System.Collections.Immutable;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;
using RolloutOperator.Registry;
using RolloutOperator.Watching;

namespace RolloutOperator.Images;

/// <summary>
/// Which workloads use which images with which credentials, and what is known about them. Does no I/O: it returns what has
/// to be done. Not thread-safe: the loop of the <see cref="ImagePoller"/> uses it.
/// </summary>
internal sealed class ImageTracker
{
    private readonly Func<ImageReference, Keyring, string> _identify;
    private readonly PollTimings _timings;
    private readonly Func<double> _random;
    private readonly List<ImageEffect> _effects = [];
    private readonly Dictionary<WorkloadRef, ImmutableArray<ImageKey>> _workloads = [];
    private readonly Dictionary<ImageKey, TrackedImage> _images = [];
    private readonly TagIndex _tags = new();
    private readonly PollSchedule _schedule;
    private readonly PullCredentialsCache _credentials;
    private int _term;
    private bool _isLeader;

    /// <param name="names">The names of the Secrets that are watched.</param>
    /// <param name="identify">Identifies the credentials that would be sent for an image.</param>
    /// <param name="timings">How often to check tags.</param>
    /// <param name="random">Returns a number from 0 to 1: spreads checks and retries.</param>
    public ImageTracker(ReferencedNames names, Func<ImageReference, Keyring, string> identify, PollTimings timings, Func<double> random)
    {
        (_identify, _timings, _random) = (identify, timings, random);
        _schedule = new(timings);
        _credentials = new(names, _effects, timings, random);
    }

    /// <summary>When the next tag is due, or null.</summary>
    public TimeSpan? Next => _isLeader ? _schedule.Next : null;

    /// <summary>The number of tags that are checked.</summary>
    public int Count => _tags.Count;

    /// <summary>The number of tags that are flapping.</summary>
    public int Flapping => _tags.Flapping;

    /// <summary>Handles an event.</summary>
    /// <param name="event">What happened.</param>
    /// <param name="now">The present time. It never decreases.</param>
    /// <returns>What has to be done, in this order.</returns>
    public IReadOnlyList<ImageEffect> Handle(ImageEvent @event, TimeSpan now)
    {
        switch (@event)
        {
            case ImageEvent.WorkloadImagesChanged changed:
                SetImages(changed.Workload, changed.Images, now);
                break;
            case ImageEvent.SecretChanged changed:
                _credentials.SecretChanged(changed.Secret);
                break;
            case ImageEvent.SecretChangesMissed missed:
                _credentials.ChangesMissed(missed.Namespace);
                break;
            case ImageEvent.LeadershipChanged changed:
                StartTerm(changed.IsLeader, now);
                break;
            case ImageEvent.ImagePushed pushed:
                foreach (var tag in _tags.Matching(pushed.Image))
                {
                    tag.WasPushed = true;
                    _schedule.ScheduleNow(tag, now);
                }

                break;
            case ImageEvent.CredentialsRead read:
                Update(read.Credentials, read.Content, now);
                break;
            case ImageEvent.CredentialsNotRead failed:
                _credentials.ReadFailed(failed.Credentials);
                break;
            case ImageEvent.TagResolved resolved when resolved.Term == _term && resolved.Tag.Images.Count > 0:
                Update(resolved.Tag, resolved.Resolution, now);
                break;
            case ImageEvent.TagResolved:
                // Of an earlier term, or of a tag that no workload uses any more.
                break;
            default:
                throw new InvalidOperationException($"Unhandled event {@event.GetType().Name}.");
        }

        return TakeEffects();
    }

    /// <summary>Resolves the tags that are due.</summary>
    /// <returns>What has to be done, in this order.</returns>
    public IReadOnlyList<ImageEffect> PollDue(TimeSpan now)
    {
        while (_isLeader && _schedule.TryDequeue(now, out var tag))
        {
            (tag.IsResolving, tag.ResolveAgain, tag.ResolvedAt) = (true, false, now);
            _effects.Add(new ImageEffect.ResolveTag(tag, _term));
        }

        return TakeEffects();
    }

    private ImageEffect[] TakeEffects()
    {
        var effects = _effects.ToArray();
        _effects.Clear();
        return effects;
    }

    private void SetImages(WorkloadRef workload, ImmutableArray<ImageKey> images, TimeSpan now)
    {
        var before = _workloads.GetValueOrDefault(workload, []);
        foreach (var image in images.Except(before))
        {
            Add(image, workload, now);
        }

        foreach (var image in before.Except(images))
        {
            Remove(image, workload);
        }

        if (images.IsEmpty)
        {
            _workloads.Remove(workload);
        }
        else
        {
            _workloads[workload] = images;
        }
    }

    private void Add(ImageKey key, WorkloadRef workload, TimeSpan now)
    {
        if (!_images.TryGetValue(key, out var image))
        {
            if (!ImageReference.TryParse(key.Text, out var reference, out var problem))
            {
                // No pod can run it either.
                _effects.Add(new ImageEffect.ImageChanged(key, new SourceState.Image(null, "cannot be checked: the image " + problem)));
                return;
            }

            _images[key] = image = new(key, reference, _credentials.GetOrAdd(key.Credentials));
            image.Credentials.Images.Add(image);
            if (image.Credentials.Keyring is { } keyring)
            {
                Attach(image, keyring, now);
            }
        }

        image.Workloads.Add(workload);
    }

    private void Remove(ImageKey key, WorkloadRef workload)
    {
        if (!_images.TryGetValue(key, out var image))
        {
            _effects.Add(new ImageEffect.ImageChanged(key, State: null));
        }
        else if (image.Workloads.Remove(workload) && image.Workloads.Count == 0)
        {
            _images.Remove(key);
            Detach(image);
            _credentials.Remove(image);
            _effects.Add(new ImageEffect.ImageChanged(key, State: null));
        }
    }

    // With new credentials, an image keeps the state that it has: the digest stays known.
    private void Attach(TrackedImage image, Keyring keyring, TimeSpan now)
    {
        var key = new TagKey(image.Reference.ToString(), _identify(image.Reference, keyring));
        if (image.Tag?.Key == key)
        {
            return;
        }

        var before = image.Tag?.State;
        Detach(image);
        if (_tags.Find(key) is not { } tag)
        {
            tag = _tags.Add(key, image.Reference, keyring, before ?? TagState.New);
            _schedule.Schedule(tag, now + (before is null ? _timings.First * _random() : TimeSpan.Zero));
        }

        image.Tag = tag;
        tag.Images.Add(image);
        Publish(image, tag);
    }

    private void Detach(TrackedImage image)
    {
        if (image.Tag is { } tag)
        {
            image.Tag = null;
            tag.Images.Remove(image);
            if (tag.Images.Count == 0)
            {
                _tags.Remove(tag);
                PollSchedule.Remove(tag);
            }
        }
    }

    private void Update(PullCredentials credentials, PullCredentialsContent content, TimeSpan now)
    {
        if (!_credentials.TryUpdate(credentials, content, now, out var forgetRejections))
        {
            return;
        }

        foreach (var image in credentials.Images)
        {
            Attach(image, content.Keyring, now);
            if (forgetRejections)
            {
                _effects.Add(new ImageEffect.ForgetRejections(image.Reference, content.Keyring));
                _schedule.ScheduleNow(image.Tag!, now);
            }
        }
    }

    private void StartTerm(bool isLeader, TimeSpan now)
    {
        _isLeader = isLeader;
        _term++;
        foreach (var tag in _tags.All)
        {
            // A digest of an earlier term may be older than one that another leader has acted on.
            _tags.Update(tag, TagState.New);
            (tag.IsResolving, tag.ResolveAgain, tag.WasPushed) = (false, false, false);
            Publish(tag);
            _schedule.Schedule(tag, now + (_timings.First * _random()));
        }
    }

    private void Update(TrackedTag tag, Resolution resolution, TimeSpan now)
    {
        var before = tag.State;
        _tags.Update(tag, before.Next(resolution, now, _timings, _random()));
        tag.IsResolving = false;
        _schedule.ScheduleNext(tag, now);
        Publish(tag);
        if (tag.State is { IsPending: true, Manifest: not null, IsFlapping: false } && !before.IsPending)
        {
            CheckOthers(tag, now);
        }

        if (tag.State.Failures > 0)
        {
            _credentials.CheckFailed(tag.Images, now);
        }
    }

    // Images of a workload that are pushed together are found together, so that the workload is rolled once.
    private void CheckOthers(TrackedTag moved, TimeSpan now)
    {
        foreach (var tag in moved.Images.SelectMany(image => image.Workloads).Distinct()
            .SelectMany(workload => _workloads[workload]).Distinct()
            .Select(image => _images.GetValueOrDefault(image)?.Tag)
            .OfType<TrackedTag>().Where(tag => tag != moved).Distinct())
        {
            _schedule.ScheduleNow(tag, now);
        }
    }

    private void Publish(TrackedTag tag)
    {
        foreach (var image in tag.Images)
        {
            Publish(image, tag);
        }
    }

    private void Publish(TrackedImage image, TrackedTag tag)
    {
        var problem = tag.State.Problem;
        var withCredentials = problem is null || image.Credentials.Problem is not { } missing ? problem : $"{problem}; {missing}";
        _effects.Add(new ImageEffect.ImageChanged(image.Key, new SourceState.Image(tag.State.Manifest, withCredentials)));
    }
}
