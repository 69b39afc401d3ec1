using RolloutOperator.Core.Checksums;

namespace RolloutOperator.Caching;

/// <summary>The present digest keys. Only the start-up and then the <see cref="StoreWriter"/> write; readers get <see cref="View"/>.</summary>
internal sealed class DigestKeyStore(DigestKeys? keys = null)
{
    private volatile DigestKeys? _keys = keys;

    /// <summary>Whether the keys have been read.</summary>
    public bool IsLoaded => _keys is not null;

    /// <summary>The keys. No loop that needs them starts before they are there.</summary>
    public DigestKeys Keys => _keys ?? throw new InvalidOperationException("The digest keys have not been read yet.");

    /// <summary>The read side.</summary>
    public View Readers => new(this);

    public void Put(DigestKeys keys) => _keys = keys;

    /// <summary>The read side of the store.</summary>
    internal sealed class View(DigestKeyStore store)
    {
        public DigestKeys Keys => store.Keys;
    }
}
