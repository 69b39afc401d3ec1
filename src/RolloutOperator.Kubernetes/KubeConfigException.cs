namespace RolloutOperator.Kubernetes;

/// <summary>
/// The configuration cannot be used. The message names the file, the entry, the field and the remedy,
/// and never quotes a credential.
/// </summary>
public sealed class KubeConfigException : KubeException
{
    internal KubeConfigException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
