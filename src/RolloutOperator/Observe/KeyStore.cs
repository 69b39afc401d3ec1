using RolloutOperator.Core;

namespace RolloutOperator.Observe;

/// <summary>The digest keys of this moment. Only the <see cref="Observer"/> writes; everybody else gets <see cref="View"/>.</summary>
internal sealed class KeyStore(DigestKeys keys)
{
    private volatile DigestKeys _keys = keys;

    /// <summary>What readers get.</summary>
    public View Readers => new(this);

    public void Put(DigestKeys keys) => _keys = keys;

    /// <summary>The read side of the store.</summary>
    internal readonly struct View(KeyStore store)
    {
        public DigestKeys Keys => store._keys;
    }
}
