using System.Runtime.InteropServices;
using RolloutOperator.Core.Templates;
using RolloutOperator.Registry;

namespace RolloutOperator.Images;

/// <summary>The tags in use, by key and by repository.</summary>
internal sealed class TagIndex
{
    private readonly Dictionary<TagKey, TrackedTag> _tags = [];
    private readonly Dictionary<string, HashSet<TrackedTag>> _repositories = new(StringComparer.Ordinal);

    public int Count => _tags.Count;

    /// <summary>The number of tags that are flapping.</summary>
    public int Flapping { get; private set; }

    public IEnumerable<TrackedTag> All => _tags.Values;

    public TrackedTag? Find(TagKey key) => _tags.GetValueOrDefault(key);

    public TrackedTag Add(TagKey key, ImageReference reference, Keyring keyring, TagState state)
    {
        var tag = _tags[key] = new(key, reference, keyring) { State = state };
        ref var others = ref CollectionsMarshal.GetValueRefOrAddDefault(_repositories, reference.Repository, out _);
        (others ??= []).Add(tag);
        Flapping += state.IsFlapping ? 1 : 0;
        return tag;
    }

    public void Update(TrackedTag tag, TagState state)
    {
        Flapping += (state.IsFlapping ? 1 : 0) - (tag.State.IsFlapping ? 1 : 0);
        tag.State = state;
    }

    public void Remove(TrackedTag tag)
    {
        _tags.Remove(tag.Key);
        Flapping -= tag.State.IsFlapping ? 1 : 0;
        var others = _repositories[tag.Reference.Repository];
        others.Remove(tag);
        if (others.Count == 0)
        {
            _repositories.Remove(tag.Reference.Repository);
        }
    }

    /// <summary>
    /// The tags that a push notification may be about. Its host counts if a tag of that registry matches; otherwise all
    /// registries match, because one registry can have several names.
    /// </summary>
    public IEnumerable<TrackedTag> Matching(PushedImage pushed)
    {
        var tags = _repositories.GetValueOrDefault(pushed.Repository, [])
            .Where(tag => pushed.Tag is null || tag.Reference.Tag == pushed.Tag).ToArray();
        var ofHost = Array.FindAll(tags, tag => tag.Reference.Domain == pushed.Host);
        return ofHost.Length > 0 ? ofHost : tags;
    }
}

/// <summary>Identifies a tag. Two namespaces share it only if they would send the same credentials.</summary>
/// <param name="Reference">The image, written in full.</param>
/// <param name="Identity">Identifies the credentials.</param>
internal readonly record struct TagKey(string Reference, string Identity);

/// <summary>A tag that is checked, with the credentials of one identity.</summary>
internal sealed class TrackedTag(TagKey key, ImageReference reference, Keyring keyring)
{
    public TagKey Key { get; } = key;

    public ImageReference Reference { get; } = reference;

    public Keyring Keyring { get; } = keyring;

    /// <summary>The images whose state is that of the tag.</summary>
    public HashSet<TrackedImage> Images { get; } = [];

    public TagState State { get; set; } = TagState.New;

    /// <summary>Whether a request is under way.</summary>
    public bool IsResolving { get; set; }

    /// <summary>Whether to resolve it once more after that request.</summary>
    public bool ResolveAgain { get; set; }

    /// <summary>Whether a push notification named it, and no check that was started later has ended.</summary>
    public bool WasPushed { get; set; }

    /// <summary>When the last request was started, or null.</summary>
    public TimeSpan? ResolvedAt { get; set; }

    /// <summary>The entry of the schedule that counts; 0 for none.</summary>
    public long ScheduleEntry { get; set; }
}

/// <summary>An image that workloads use.</summary>
internal sealed class TrackedImage(ImageKey key, ImageReference reference, PullCredentials credentials)
{
    public ImageKey Key { get; } = key;

    public ImageReference Reference { get; } = reference;

    public PullCredentials Credentials { get; } = credentials;

    public HashSet<WorkloadRef> Workloads { get; } = [];

    /// <summary>Null until the credentials have been read.</summary>
    public TrackedTag? Tag { get; set; }
}
