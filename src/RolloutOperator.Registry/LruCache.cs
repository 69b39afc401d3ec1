using System.Diagnostics.CodeAnalysis;

namespace RolloutOperator.Registry;

/// <summary>
/// A dictionary that evicts the least recently used entry when it is full. It is bounded because keys come from image
/// references, which anybody can write. Thread-safe.
/// </summary>
internal sealed class LruCache<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly Lock _lock = new();

    // Both guarded by the lock.
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TValue Value)>> _nodes = [];
    private readonly LinkedList<(TKey Key, TValue Value)> _byUse = [];

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        lock (_lock)
        {
            if (!_nodes.TryGetValue(key, out var node))
            {
                value = default;
                return false;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            value = node.Value.Value;
            return true;
        }
    }

    public TValue GetOrAdd(TKey key, Func<TValue> create)
    {
        lock (_lock)
        {
            if (!TryGet(key, out var value))
            {
                Set(key, value = create());
            }

            return value;
        }
    }

    public void Set(TKey key, TValue value)
    {
        lock (_lock)
        {
            Remove(key);
            if (_nodes.Count == capacity)
            {
                Remove(_byUse.Last!.Value.Key);
            }

            _nodes[key] = _byUse.AddFirst((key, value));
        }
    }

    public void Remove(TKey key)
    {
        lock (_lock)
        {
            if (_nodes.Remove(key, out var node))
            {
                _byUse.Remove(node);
            }
        }
    }

    /// <summary>A copy of all entries, the most recently used first.</summary>
    public IReadOnlyList<(TKey Key, TValue Value)> ToList()
    {
        lock (_lock)
        {
            return [.. _byUse];
        }
    }
}
