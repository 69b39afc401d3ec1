namespace RolloutOperator.Kubernetes.Wire;

/// <summary>What a pure parser says about bytes that are not what they should be. Never leaves the assembly, and never quotes the bytes.</summary>
internal sealed class MalformedAnswerException(string message) : Exception(message);
