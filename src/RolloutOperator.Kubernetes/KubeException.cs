namespace RolloutOperator.Kubernetes;

/// <summary>
/// What keeps a request from being answered as hoped: the server's no, no usable answer, or a configuration that cannot
/// be used (also while running: a token file that is gone, a plugin that fails). Asking again later may help with each.
/// </summary>
public abstract class KubeException : Exception
{
    private protected KubeException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
