using System.Collections.Concurrent;
using RolloutOperator.Core;

namespace RolloutOperator.Observe.Images;

/// <summary>What is known of images. Only the <see cref="ImagePoller"/> writes; everybody else gets <see cref="View"/>.</summary>
internal sealed class ImageStore
{
    private readonly ConcurrentDictionary<ImageClaim, SourceState.Image> _states = [];

    public ImageStore() => Readers = new(this);

    /// <summary>What readers get.</summary>
    public View Readers { get; }

    /// <summary>Says whether that is news.</summary>
    public bool Put(ImageClaim claim, SourceState.Image state)
    {
        var before = Readers.Find(claim);
        _states[claim] = state;
        return before != state;
    }

    public void Remove(ImageClaim claim) => _states.TryRemove(claim, out _);

    /// <summary>The read side of the store.</summary>
    internal sealed class View(ImageStore store)
    {
        public SourceState.Image Find(ImageClaim claim) => store._states.GetValueOrDefault(claim, SourceState.Image.Unknown);
    }
}
