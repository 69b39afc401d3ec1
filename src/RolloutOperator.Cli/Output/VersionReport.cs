namespace RolloutOperator.Cli.Output;

/// <summary>Which versions are at work.</summary>
/// <param name="Client">This program.</param>
/// <param name="Operator">The operator; null when it was not asked for or not found.</param>
/// <param name="Server">The version of the API server; null when it was not asked for or does not answer.</param>
internal sealed record VersionReport(ClientVersion Client, OperatorVersion? Operator, string? Server);

/// <summary>The version of this program.</summary>
internal sealed record ClientVersion
{
    /// <summary>The version, such as <c>0.1.0</c>.</summary>
    public required string Version { get; init; }

    /// <summary>The commit; null when it was built outside of a checkout.</summary>
    public string? Commit { get; init; }

    public required string Platform { get; init; }

    public required string Runtime { get; init; }
}

/// <summary>The version of the operator in the cluster.</summary>
/// <param name="Namespace">Where it runs.</param>
/// <param name="Image">Its image.</param>
/// <param name="Version">The tag of the image; null when it has none.</param>
internal sealed record OperatorVersion(string Namespace, string? Image, string? Version)
{
    /// <summary>Reads the tag of an image (OCI distribution specification, "Pulling manifests").</summary>
    public static string? TagOf(string? image)
    {
        var name = image?.Split('@')[0] ?? "";
        var colon = name.IndexOf(':', name.LastIndexOf('/') + 1);
        return colon < 0 ? null : name[(colon + 1)..];
    }
}
