namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>Operators of one namespace, known by the names that they have in the Lease.</summary>
internal sealed class Replicas(TestNamespace space, string[] arguments)
{
    private readonly Dictionary<string, OperatorProcess> _byName = [];
    private readonly List<OperatorProcess> _starting = [];
    private int _names;

    /// <summary>Starts so many and waits until they are ready.</summary>
    public async Task AddAsync(int count)
    {
        for (var number = 0; number < count; number++)
        {
            Start();
        }

        await ReadyAsync();
    }

    /// <summary>Stops, kills or freezes the leader, and starts another one unless it is frozen. Returns a frozen one.</summary>
    public async Task<OperatorProcess?> StopAsync(string leader, int way)
    {
        await ReadyAsync();
        if (!_byName.TryGetValue(leader, out var ending))
        {
            // It was told to stop before, and is about to end.
            return null;
        }

        switch (way % 3)
        {
            case 0:
                ending.Terminate();
                break;
            case 1:
                await ending.KillAsync();
                break;
            default:
                ending.Freeze();
                return ending;
        }

        _byName.Remove(leader);
        Start();
        return null;
    }

    /// <summary>Kills it, and starts no other.</summary>
    public Task KillAsync(string leader) => _byName.Remove(leader, out var ending) ? ending.KillAsync() : Task.CompletedTask;

    /// <summary>Tells it to end, and starts no other.</summary>
    public Task TerminateAsync(string leader)
    {
        if (_byName.Remove(leader, out var ending))
        {
            ending.Terminate();
        }

        return Task.CompletedTask;
    }

    // A handover needs somebody to hand over to.
    private async Task ReadyAsync()
    {
        foreach (var running in _starting)
        {
            await running.ReadyAsync();
        }

        _starting.Clear();
    }

    private void Start()
    {
        var name = $"replica-{_names++}";
        var running = space.StartOperator(["--identity", name, .. arguments]);
        _byName.Add(name, running);
        _starting.Add(running);
    }
}
