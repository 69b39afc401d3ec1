using System.Runtime.InteropServices;
using RolloutOperator.Registry;

namespace RolloutOperator.Observe.Images;

/// <summary>The tags in use, by their names and by their repositories.</summary>
internal sealed class TagTable
{
    private readonly Dictionary<TagName, Tag> _tags = [];
    private readonly Dictionary<string, HashSet<Tag>> _repositories = new(StringComparer.Ordinal);

    public int Count => _tags.Count;

    /// <summary>How many are believed only when they have come to rest.</summary>
    public int Flapping { get; private set; }

    public IEnumerable<Tag> All => _tags.Values;

    public Tag? Find(TagName name) => _tags.GetValueOrDefault(name);

    public Tag Add(TagName name, ImageReference reference, Keyring keyring, TagWatch state)
    {
        var tag = _tags[name] = new(name, reference, keyring) { State = state };
        ref var others = ref CollectionsMarshal.GetValueRefOrAddDefault(_repositories, reference.Repository, out _);
        (others ??= []).Add(tag);
        Flapping += state.Flaps ? 1 : 0;
        return tag;
    }

    /// <summary>Something else is known of the tag.</summary>
    public void Know(Tag tag, TagWatch state)
    {
        Flapping += (state.Flaps ? 1 : 0) - (tag.State.Flaps ? 1 : 0);
        tag.State = state;
    }

    public void Remove(Tag tag)
    {
        _tags.Remove(tag.Name);
        Flapping -= tag.State.Flaps ? 1 : 0;
        var others = _repositories[tag.Reference.Repository];
        others.Remove(tag);
        if (others.Count == 0)
        {
            _repositories.Remove(tag.Reference.Repository);
        }
    }

    /// <summary>
    /// What a hint may be about. Its host is believed if anybody uses an image of that registry; but registries are known
    /// by many names.
    /// </summary>
    public IEnumerable<Tag> About(ImageHint hint)
    {
        var tags = _repositories.GetValueOrDefault(hint.Repository, [])
            .Where(tag => hint.Tag is null || tag.Reference.Tag == hint.Tag).ToArray();
        var there = Array.FindAll(tags, tag => tag.Reference.Domain == hint.Host);
        return there.Length > 0 ? there : tags;
    }
}
