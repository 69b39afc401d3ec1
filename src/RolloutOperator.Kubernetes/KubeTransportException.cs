namespace RolloutOperator.Kubernetes;

/// <summary>
/// No usable answer from the API server: unreachable, TLS refused, timed out, cut off, or not the Kubernetes API.
/// The message is one sentence that names the host and the likely remedy.
/// </summary>
public sealed class KubeTransportException : KubeException
{
    /// <summary>Made by the client, and by tests of those who use it.</summary>
    public KubeTransportException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>An established connection broke: asking again at once is likely to succeed.</summary>
    public bool ConnectionLost { get; init; }
}
