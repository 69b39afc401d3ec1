namespace RolloutOperator.Tests.Architecture.Sample.Right;

/// <summary>Closed to the room on the left.</summary>
internal class Decider : Exception
{
    internal sealed class Nested;

    internal int Decided { get; init; }

    internal static int Decide(int value) => value + 1;
}

/// <summary>Open to the room on the left.</summary>
internal sealed record Value(int Number);
