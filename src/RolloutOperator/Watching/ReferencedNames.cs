using System.Collections.Concurrent;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Watching;

/// <summary>
/// The names of sources that some enrolled workload references, in any namespace: the coarse filter of metadata-only events,
/// written by the store writer and the image poller, and read by the list-watches.
/// </summary>
internal sealed class ReferencedNames
{
    private readonly ConcurrentDictionary<string, int> _names = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    public ReferencedNames() => _lookup = _names.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The name as a string that exists already, or null when nobody is interested.</summary>
    public string? Find(ReadOnlySpan<char> name) => _lookup.TryGetValue(name, out var known, out _) ? known : null;

    private readonly Lock _lock = new();
    private TaskCompletionSource _serviceAccounts = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _serviceAccountCount;

    /// <summary>Whether a ServiceAccount is referenced.</summary>
    public bool HasServiceAccounts => Volatile.Read(ref _serviceAccountCount) > 0;

    /// <summary>Waits until one is.</summary>
    public Task ServiceAccountsAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _serviceAccounts.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>An enrolled workload references the source.</summary>
    public void Add(SourceRef source)
    {
        Add(source.Name);
        Count(source, 1);
    }

    /// <summary>No enrolled workload references it any more.</summary>
    public void Remove(SourceRef source)
    {
        Remove(source.Name);
        Count(source, -1);
    }

    public void Add(string name) => _names.AddOrUpdate(name, 1, static (_, count) => count + 1);

    public void Remove(string name)
    {
        if (_names.AddOrUpdate(name, 0, static (_, count) => count - 1) <= 0)
        {
            // Only if nobody has added it meanwhile.
            _names.TryRemove(new KeyValuePair<string, int>(name, 0));
        }
    }

    private void Count(SourceRef source, int change)
    {
        if (source.Kind != SourceKind.ServiceAccount)
        {
            return;
        }

        lock (_lock)
        {
            _serviceAccountCount += change;
            if (_serviceAccountCount > 0)
            {
                _serviceAccounts.TrySetResult();
            }
            else
            {
                _serviceAccounts = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }
}
