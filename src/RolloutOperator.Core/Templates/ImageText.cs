namespace RolloutOperator.Core.Templates;

/// <summary>What the text of a container's field <c>image</c> says of itself. Whether it is a reference at all, others find out.</summary>
public static class ImageText
{
    private const string Latest = "latest";

    /// <summary>Whether a digest says which image it is, so that no push can change it.</summary>
    public static bool IsPinned(string text) => text.Contains('@', StringComparison.Ordinal);

    /// <summary>The pull policy that Kubernetes gives a container that states none.</summary>
    public static string DefaultPullPolicy(string text)
    {
        // A colon before the last slash is that of a port.
        var name = text[(text.LastIndexOf('/') + 1)..];
        var colon = name.IndexOf(':', StringComparison.Ordinal);
        return !IsPinned(text) && (colon < 0 || name[(colon + 1)..] == Latest) ? "Always" : "IfNotPresent";
    }
}
