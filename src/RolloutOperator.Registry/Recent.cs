using System.Diagnostics.CodeAnalysis;

namespace RolloutOperator.Registry;

/// <summary>
/// A dictionary with a bound: what has not been asked for the longest goes first. Keys come from image references, which
/// anybody can write.
/// </summary>
internal sealed class Recent<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly Lock _lock = new();

    // Both guarded by the lock.
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TValue Value)>> _nodes = [];
    private readonly LinkedList<(TKey Key, TValue Value)> _order = [];

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        lock (_lock)
        {
            var found = _nodes.TryGetValue(key, out var node);
            if (found)
            {
                _order.Remove(node!);
                _order.AddFirst(node!);
            }

            value = found ? node!.Value.Value : default;
            return found;
        }
    }

    public TValue GetOrAdd(TKey key, Func<TValue> make)
    {
        lock (_lock)
        {
            if (TryGet(key, out var value))
            {
                return value;
            }

            value = make();
            Set(key, value);
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
                _nodes.Remove(_order.Last!.Value.Key);
                _order.RemoveLast();
            }

            _nodes[key] = _order.AddFirst((key, value));
        }
    }

    public void Remove(TKey key)
    {
        lock (_lock)
        {
            if (_nodes.Remove(key, out var node))
            {
                _order.Remove(node);
            }
        }
    }

    public IReadOnlyList<(TKey Key, TValue Value)> All()
    {
        lock (_lock)
        {
            return [.. _order];
        }
    }
}
