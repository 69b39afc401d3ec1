using System.CommandLine;

namespace RolloutOperator.Cli;

/// <summary>One run of a command: where it writes, and where values of options are from that are not on the command line.</summary>
internal sealed class Invocation : InvocationConfiguration
{
    public Invocation()
    {
        // The host handles signals itself: it knows what has to be finished first.
        ProcessTerminationTimeout = null;
    }

    /// <summary>The values that are not on the command line.</summary>
    public IReadOnlyList<ConfiguredValue> Configured { get; set; } = [];

    /// <summary>Writes an error, and of each option in it where its value is from, if that is not on the command line.</summary>
    public Task WriteErrorAsync(string message)
    {
        var words = message.Split(' ', ',', '.', ':', ';', '(', ')');
        var origins = Configured.Where(value => words.Contains(value.Option.Name))
            .Select(value => $" ({value.Option.Name} is from {value.Origin})");
        return Error.WriteLineAsync($"rollout-operator: {message}{string.Concat(origins)}");
    }
}
