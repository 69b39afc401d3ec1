using System.Collections.Immutable;
using System.Text.Json;

namespace RolloutOperator.Core.Templates;

/// <summary>What a fresh pod of a template would read from ConfigMaps, Secrets and registries.</summary>
/// <param name="Uses">Each source, in the order of the sources' names.</param>
/// <param name="Environments">How the environments are made that read some of them: which keys count may depend on other sources.</param>
/// <param name="Unfollowed">The images that are not followed though the settings ask for it.</param>
public sealed record TemplateReferences(
    ImmutableArray<SourceUse> Uses, ImmutableArray<ContainerEnvironment> Environments, ImmutableArray<UnfollowedImage> Unfollowed)
{
    /// <summary>Reads a pod template (<c>PodTemplateSpec</c>), with what the settings add and take away.</summary>
    public static TemplateReferences Read(JsonElement template, Settings settings, ReadingRules rules)
    {
        var uses = new SourceUseBuilder();
        var spec = template.Member("spec");
        var containers = Containers(template);
        ImmutableArray<ContainerEnvironment> environments = [.. containers.Select(container => ContainerEnvironment.Read(container, uses)).OfType<ContainerEnvironment>()];
        var mounts = containers.SelectMany(c => c.Items("volumeMounts")).ToLookup(m => m.Text("name"));
        foreach (var volume in spec.Items("volumes"))
        {
            VolumeReferences.Read(volume, mounts, uses);
        }

        foreach (var source in settings.Include)
        {
            uses.AddAll(source);
        }

        ImmutableArray<ImageReference> images = [.. ImageReferences.Of(containers, spec.Items("volumes").Where(volume => mounts.Contains(volume.Text("name"))))];
        ImageReferences.Read(images, settings, rules.Follows(SourceKind.Image), uses);
        uses.Remove(source => settings.Excludes(source) || !rules.Follows(source.Kind));
        return new(uses.ToUses(), environments, ImageReferences.Unfollowed(images, settings, rules.Follows(SourceKind.Image)));
    }

    // Sidecars are init containers. Ephemeral containers are no part of a template.
    private static JsonElement?[] Containers(JsonElement template) =>
        template.Member("spec") is var spec ? [.. spec.Items("initContainers"), .. spec.Items("containers")] : [];
}

/// <summary>What one volume of a template brings from ConfigMaps and Secrets into the containers that mount it.</summary>
internal static class VolumeReferences
{
    public static void Read(JsonElement? volume, ILookup<string?, JsonElement?> mounts, SourceUseBuilder uses)
    {
        // The kubelet sets up only volumes that a container mounts: an unmounted one is not read.
        if (volume.Text("name") is not { } name || !mounts.Contains(name))
        {
            return;
        }

        var paths = SubPaths([.. mounts[name]]);
        Add(SourceKind.ConfigMap, "name", volume.Member("configMap"), paths, uses);
        Add(SourceKind.Secret, "secretName", volume.Member("secret"), paths, uses);
        foreach (var source in volume.Member("projected").Items("sources"))
        {
            Add(SourceKind.ConfigMap, "name", source.Member("configMap"), paths, uses);
            Add(SourceKind.Secret, "name", source.Member("secret"), paths, uses);
        }
    }

    private static void Add(SourceKind kind, string nameMember, JsonElement? source, string[]? paths, SourceUseBuilder uses)
    {
        if (source is null)
        {
            return;
        }

        var required = !source.IsTrue("optional");
        var items = source.Items("items")
            .Where(i => i.Text("key") is not null && i.Text("path") is not null)
            .Select(i => (Key: i.Text("key")!, Path: Clean(i.Text("path")!)))
            .ToArray();
        var name = source.Text(nameMember);
        if (items.Length > 0)
        {
            var seen = items.Where(i => paths is null || paths.Any(p => Covers(p, i.Path))).Select(i => i.Key);

            // The kubelet refuses the whole volume for any missing item, mounted by a subPath or not.
            uses.Add(kind, name, seen, required, items.Select(i => i.Key));
        }
        else if (paths is null)
        {
            uses.AddAll(kind, name, required);
        }
        else
        {
            // Without items a file is named by its key. A key that is absent does not keep a pod from starting.
            uses.Add(kind, name, paths, required, []);
        }
    }

    /// <summary>The sub-paths when every mount has a fixed one, null when some mount shows the whole volume.</summary>
    private static string[]? SubPaths(JsonElement?[] mounts)
    {
        var paths = new string[mounts.Length];
        for (var i = 0; i < mounts.Length; i++)
        {
            paths[i] = Clean(mounts[i].Text("subPath") ?? "");

            // subPathExpr depends on the pod's environment: it could be any file. So could a way through `..data`, the
            // link by which the kubelet swaps the files.
            if (paths[i] is "" or ['.', '.', ..] || mounts[i].Text("subPathExpr") is { Length: > 0 })
            {
                return null;
            }
        }

        return paths;
    }

    private static bool Covers(string mounted, string file) =>
        file == mounted || (file.Length > mounted.Length && file[mounted.Length] == '/' && file.StartsWith(mounted, StringComparison.Ordinal));

    private static string Clean(string path) =>
        string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != "."));
}
