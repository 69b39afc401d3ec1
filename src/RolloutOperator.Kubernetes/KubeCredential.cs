namespace RolloutOperator.Kubernetes;

/// <summary>How requests are authenticated: a description, from which the client makes the live thing.</summary>
/// <remarks>No <c>ToString</c> of the family shows more than its kind, so that none can leak into a log.</remarks>
public abstract record KubeCredential
{
    private KubeCredential()
    {
    }

    /// <summary>No header is sent; a client certificate may still authenticate.</summary>
    public static KubeCredential None { get; } = new Anonymous();

    /// <inheritdoc/>
    public sealed override string ToString() => GetType().Name;

    /// <summary>Nothing.</summary>
    public sealed record Anonymous : KubeCredential;

    /// <summary>A token that never changes.</summary>
    public sealed record Token(string Value) : KubeCredential;

    /// <summary>A token in a file that others rotate; read again at most once a minute, and at once after a 401.</summary>
    public sealed record TokenFile(string Path) : KubeCredential;

    /// <summary>A name and a password, sent as HTTP basic authentication.</summary>
    public sealed record Basic(string User, string Password) : KubeCredential;

    /// <summary>A program that prints an <c>ExecCredential</c>.</summary>
    public sealed record Exec(ExecCommand Command) : KubeCredential;
}
