using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using RolloutOperator.EndToEnd.Tests.Harness;

namespace RolloutOperator.EndToEnd.Tests;

/// <summary>What the Dockerfile puts on its base: the native program, and time zones.</summary>
public sealed class ImageTests(OperatorImage image)
{
    private const int MostCompressed = 24_000_000;
    private const string Program = "usr/lib/rollout-operator/rollout-operator";
    private const string TimeZones = "usr/share/zoneinfo/";

    [Fact]
    public async Task The_layer_has_the_program_and_time_zones_and_is_small()
    {
        var layer = await LayerAsync();
        var files = await FilesAsync(layer);

        Assert.InRange(await CompressedSizeAsync(layer), 1, MostCompressed);
        Assert.Equal([Program], files.Keys.Where(file => !file.StartsWith(TimeZones, StringComparison.Ordinal)));
        Assert.Contains(TimeZones + "Europe/Berlin", files.Keys);
        Assert.Contains(TimeZones + "America/New_York", files.Keys);
    }

    /// <summary>Two builds of one commit, in two places, give the same bytes.</summary>
    [Fact]
    public async Task The_program_is_the_same_as_the_one_that_is_published_beside()
    {
        var published = Environment.GetEnvironmentVariable("ROLLOUT_OPERATOR_TEST_PROGRAM");
        Assert.SkipWhen(published is null, "tests/install/operator-program was not run");
        var files = await FilesAsync(await LayerAsync());

        Assert.Equal(await File.ReadAllBytesAsync(published, TestContext.Current.CancellationToken), files[Program]);
    }

    /// <summary>The uppermost layer, as a tar file.</summary>
    private async Task<byte[]> LayerAsync()
    {
        var archive = await File.ReadAllBytesAsync(await image.ArchiveAsync(), TestContext.Current.CancellationToken);
        var parts = await FilesAsync(archive);
        using var manifest = JsonDocument.Parse(parts["manifest.json"]);
        var layers = manifest.RootElement[0].GetProperty("Layers");
        return parts[layers[layers.GetArrayLength() - 1].GetString()!];
    }

    /// <summary>The content of each file of a tar file; empty for a link.</summary>
    private static async Task<Dictionary<string, byte[]>> FilesAsync(byte[] archive)
    {
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        await using var reader = new TarReader(new MemoryStream(archive));
        while (await reader.GetNextEntryAsync(copyData: true, TestContext.Current.CancellationToken) is { } entry)
        {
            if (entry.EntryType == TarEntryType.Directory)
            {
                continue;
            }

            using var content = new MemoryStream();
            await (entry.DataStream ?? Stream.Null).CopyToAsync(content, TestContext.Current.CancellationToken);
            files[entry.Name.TrimStart('.', '/')] = content.ToArray();
        }

        return files;
    }

    private static async Task<long> CompressedSizeAsync(byte[] layer)
    {
        using var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            await gzip.WriteAsync(layer, TestContext.Current.CancellationToken);
        }

        return compressed.Length;
    }
}
