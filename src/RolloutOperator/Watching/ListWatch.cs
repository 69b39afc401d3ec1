namespace RolloutOperator.Watching;

/// <summary>How far one attempt to watch has come. Written by the reflector's loop, read by probes too.</summary>
internal sealed class WatchProgress(string version, TimeProvider time)
{
    private const long Never = long.MinValue;

    // A watch that the server accepts and ends at once, again and again, tells nothing.
    private static readonly TimeSpan ShortestHold = TimeSpan.FromSeconds(1);

    private long _accepted = Never;
    private volatile bool _moved;

    /// <summary>The version of the last event or bookmark, to resume from.</summary>
    public string Version { get; set; } = version;

    /// <summary>For how long the watch has been open.</summary>
    public TimeSpan Held => Volatile.Read(ref _accepted) is var since && since == Never ? TimeSpan.Zero : time.GetElapsedTime(since);

    /// <summary>Whether the watch is open, and works: a quiet one may receive nothing for hours.</summary>
    public bool Holds => _moved || Held >= ShortestHold;

    /// <summary>The server has accepted the watch.</summary>
    public void Accept() => Volatile.Write(ref _accepted, time.GetTimestamp());

    /// <summary>Something was received.</summary>
    public void Move() => _moved = true;

    /// <summary>The watch is over.</summary>
    public void End()
    {
        Volatile.Write(ref _accepted, Never);
        _moved = false;
    }
}

/// <summary>One resource in one scope: how to list it, how to follow it, and to whom that is reported.</summary>
internal abstract class ListWatch(WatchTarget name)
{
    /// <summary>Identifies it.</summary>
    public WatchTarget Name { get; } = name;

    /// <summary>The resource as people name it, for example <c>configmaps</c>.</summary>
    public string Resource => Name.Resource;

    /// <summary>The namespace, or null for all of them.</summary>
    public string? Namespace => Name.Namespace;

    /// <summary>The scope in words.</summary>
    public virtual string Where => Namespace is null ? "all namespaces" : "namespace " + Namespace;

    /// <summary>What the operator has to be granted if the right is missing.</summary>
    public virtual string Rights => "get, list and watch on " + Resource;

    /// <summary>Whether anybody needs what it reports.</summary>
    public virtual bool IsNeeded => true;

    /// <summary>Waits until somebody does.</summary>
    public virtual Task NeededAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Brings the stores to the present and gives the version to watch from.</summary>
    public abstract Task<string> ListAsync(bool missed, CancellationToken cancellationToken);

    /// <summary>Reports events until the server ends the watch, which may last as long as said. Starts from the version of the progress.</summary>
    public abstract Task FollowAsync(WatchProgress progress, TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>The right to list or watch is missing. Said at each attempt, until the next list succeeds.</summary>
    public virtual void Refused(string detail)
    {
    }
}
