using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests.Model;

/// <content>What people do.</content>
internal sealed partial class ModelRun
{
    private static readonly string[] Keys = ["a", "b", "x"];

    // One action of a person. Returns the kind of the changed object.
    private async Task<string> ActAsync()
    {
        _step++;
        var source = _sources[random.Next(_sources.Count)];
        var workload = _workloads[random.Next(_workloads.Count)];
        switch (random.Next(14))
        {
            case < 7:
                await (source.Data is null ? CreateAsync(source) : EditAsync(source));
                return source.Kind.ToString();
            case 7 or 8:
                await (source.Data is null ? CreateAsync(source) : DeleteAsync(source));
                return source.Kind.ToString();
            case 9:
                workload.Enrolled = !workload.Enrolled;
                workload.TemplateAt = 0;
                Note($"{workload.Real.Kind.Kind}/{workload.Real.Name} enrolled {workload.Enrolled}");
                await PatchAsync(workload, "labels", Names.Enabled, workload.Enrolled ? "true" : null);
                break;
            case 10 or 11:
                workload.Paused = !workload.Paused;
                Note($"{workload.Real.Kind.Kind}/{workload.Real.Name} paused {workload.Paused}");
                await PatchAsync(workload, "annotations", Names.Pause, workload.Paused ? "true" : null);
                break;
            default:
                await ChangeTemplateAsync(workload);
                break;
        }

        return workload.Real.Kind.Kind;
    }

    // A new template, or an earlier one with the operator's annotations: an undo.
    private async Task ChangeTemplateAsync(ModelWorkload workload)
    {
        workload.TemplateChanged(workload.Enrolled ? _step : 0);
        var template = (await workload.Real.GetAsync()).At("spec", "template")!;
        var annotations = new JsonObject();
        foreach (var name in new[] { Names.Checksum, Names.Rollout })
        {
            annotations[name] = template.Text("metadata", "annotations", name);
        }

        workload.Revisions.Add((workload.Image, annotations));
        var container = template.At("spec", "containers")![0]!.DeepClone();
        var earlier = workload.Revisions.Where(r => r.Image != workload.Image).ToArray();
        var undo = earlier.Length > 0 && random.Next(2) == 0;
        var (image, own) = undo ? earlier[random.Next(earlier.Length)] : ($"app:{_step}", null);
        Note($"{workload.Real.Kind.Kind}/{workload.Real.Name} {(undo ? "back to" : "gets")} {image}");
        container["image"] = workload.Image = image;
        await workload.Real.PatchAsync(new()
        {
            ["spec"] = new JsonObject
            {
                ["template"] = new JsonObject
                {
                    ["metadata"] = new JsonObject { ["annotations"] = own?.DeepClone() ?? new JsonObject() },
                    ["spec"] = new JsonObject { ["containers"] = new JsonArray(container) },
                },
            },
        });
    }

    private async Task CreateAsync(ModelSource source)
    {
        source.Data = new() { ["a"] = $"{++_values}", ["b"] = $"{++_values}" };
        source.ChangedAt = _step;
        Note($"{source} created");
        await (source.Kind == SourceKind.Secret ? space.SecretAsync(source.Name, Pairs(source)) : space.ConfigMapAsync(source.Name, Pairs(source)));
    }

    private async Task EditAsync(ModelSource source)
    {
        // Sometimes a value that it had before.
        var (key, value) = (Keys[random.Next(Keys.Length)], random.Next(3) == 0 ? $"{random.Next(3)}" : $"{++_values}");
        source.ChangedAt = source.Data!.GetValueOrDefault(key) == value ? source.ChangedAt : _step;
        source.Data![key] = value;
        Note($"{source} {key}={value}");
        await (source.Kind == SourceKind.Secret ? space.EditSecretAsync(source.Name, (key, value)) : space.EditConfigMapAsync(source.Name, (key, value)));
    }

    private async Task DeleteAsync(ModelSource source)
    {
        (source.Data, source.ChangedAt) = (null, _step);
        Note($"{source} deleted");
        await (source.Kind == SourceKind.Secret ? space.DeleteSecretAsync(source.Name) : space.DeleteConfigMapAsync(source.Name));
    }

    private static (string Key, string Value)[] Pairs(ModelSource source) => [.. source.Data!.Select(d => (d.Key, d.Value))];

    private static Task<JsonObject> PatchAsync(ModelWorkload workload, string map, string name, string? value) => workload.Real.PatchAsync(
        new() { ["metadata"] = new JsonObject { [map] = new JsonObject { [name] = value } } });
}
