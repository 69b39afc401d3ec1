using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace RolloutOperator.Registry.Cluster.Tests;

/// <summary>An OCI image layout on disk: one empty layer, and a text that makes the image unique.</summary>
public sealed class Layout : IDisposable
{
    private const string Manifest = "application/vnd.oci.image.manifest.v1+json";
    private const string Index = "application/vnd.oci.image.index.v1+json";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("layout-");

    private Layout() => Directory.CreateDirectory(Path.Combine(Folder, "blobs", "sha256"));

    public string Folder => _folder.FullName;

    public static Layout OfImage(string text)
    {
        var layout = new Layout();
        layout.Finish(layout.Image(text, "amd64"));
        return layout;
    }

    /// <param name="text">Makes the images of the index unique.</param>
    /// <param name="attestation">Makes the index unique without changing its images.</param>
    public static Layout OfIndex(string text, string? attestation = null)
    {
        var layout = new Layout();
        var images = ((string[])["amd64", "arm64"]).Select(architecture => layout.Image(text, architecture));
        var manifests = string.Join(',', attestation is null ? images : images.Append(layout.Image(attestation, "unknown", "unknown")));
        layout.Finish(layout.Blob(Index, $$"""{"schemaVersion":2,"mediaType":"{{Index}}","manifests":[{{manifests}}]}"""));
        return layout;
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string Image(string text, string architecture, string os = "linux")
    {
        // An empty tar archive is two blocks of zeros.
        var layer = Blob("application/vnd.oci.image.layer.v1.tar", new byte[1024]);
        var diff = Convert.ToHexStringLower(SHA256.HashData(new byte[1024]));
        var config = Blob(
            "application/vnd.oci.image.config.v1+json",
            $$"""{"architecture":"{{architecture}}","os":"{{os}}","config":{"Labels":{"text":"{{text}}"} },"rootfs":{"type":"layers","diff_ids":["sha256:{{diff}}"]} }""");
        var descriptor = Blob(Manifest, $$"""{"schemaVersion":2,"mediaType":"{{Manifest}}","config":{{config}},"layers":[{{layer}}]}""");
        return descriptor[..^1] + $$""","platform":{"architecture":"{{architecture}}","os":"{{os}}"} }""";
    }

    private void Finish(string descriptor)
    {
        File.WriteAllText(Path.Combine(Folder, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
        File.WriteAllText(Path.Combine(Folder, "index.json"), $$"""{"schemaVersion":2,"manifests":[{{descriptor}}]}""");
    }

    private string Blob(string type, string text) => Blob(type, Encoding.UTF8.GetBytes(text));

    private string Blob(string type, byte[] bytes)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
        File.WriteAllBytes(Path.Combine(Folder, "blobs", "sha256", digest), bytes);
        return string.Create(CultureInfo.InvariantCulture, $$"""{"mediaType":"{{type}}","digest":"sha256:{{digest}}","size":{{bytes.Length}}}""");
    }
}
