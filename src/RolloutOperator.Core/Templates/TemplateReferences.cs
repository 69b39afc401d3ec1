using System.Collections.Immutable;
using System.Text.Json;

namespace RolloutOperator.Core.Templates;

/// <summary>Finds what a fresh pod of a template would read from ConfigMaps, Secrets and registries.</summary>
public static class TemplateReferences
{
    /// <summary>The uses of a pod template (<c>PodTemplateSpec</c>), with what the settings add and take away.</summary>
    public static ImmutableArray<SourceUse> Read(JsonElement template, Settings settings, ReadingRules rules)
    {
        var uses = new SourceUseBuilder();
        var spec = template.Member("spec");
        var containers = Containers(template);
        foreach (var container in containers)
        {
            ReadEnvironment(container, uses);
        }

        var mounts = containers.SelectMany(c => c.Items("volumeMounts")).ToLookup(m => m.Text("name"));
        foreach (var volume in spec.Items("volumes"))
        {
            VolumeReferences.Read(volume, mounts, uses);
        }

        foreach (var source in settings.Include)
        {
            uses.AddAll(source);
        }

        ImageReferences.Read(containers, settings, rules.Images, uses);
        uses.Remove(settings.Excludes);
        return uses.ToUses();
    }

    /// <summary>The images that are not followed though the settings ask for it.</summary>
    public static ImmutableArray<UnfollowedImage> Unfollowed(JsonElement template, Settings settings, ReadingRules rules) =>
        ImageReferences.Unfollowed(Containers(template), settings, rules.Images);

    // Ephemeral containers are no part of a template.
    private static JsonElement?[] Containers(JsonElement template) =>
        template.Member("spec") is var spec ? [.. spec.Items("initContainers"), .. spec.Items("containers")] : [];

    private static void ReadEnvironment(JsonElement? container, SourceUseBuilder uses)
    {
        foreach (var variable in container.Items("env"))
        {
            var from = variable.Member("valueFrom");
            ReadKey(SourceKind.ConfigMap, from.Member("configMapKeyRef"), uses);
            ReadKey(SourceKind.Secret, from.Member("secretKeyRef"), uses);
        }

        foreach (var from in container.Items("envFrom"))
        {
            var (configMap, secret) = (from.Member("configMapRef"), from.Member("secretRef"));
            uses.AddAll(SourceKind.ConfigMap, configMap.Text("name"), !configMap.IsTrue("optional"));
            uses.AddAll(SourceKind.Secret, secret.Text("name"), !secret.IsTrue("optional"));
        }
    }

    private static void ReadKey(SourceKind kind, JsonElement? reference, SourceUseBuilder uses)
    {
        if (reference.Text("key") is { } key)
        {
            uses.Add(kind, reference.Text("name"), [key], !reference.IsTrue("optional"), [key]);
        }
    }
}
