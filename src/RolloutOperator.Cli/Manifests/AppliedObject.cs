using System.Text.Json.Nodes;

namespace RolloutOperator.Cli.Manifests;

/// <summary>
/// What an object is after a file was applied to it: the live object overlaid by the file, as a strategic merge patch of
/// <c>kubectl apply</c> or <c>helm upgrade</c> does (Kubernetes API conventions, "Strategic merge patch"). What the API
/// server would write in another way than the file counts as equal.
/// </summary>
internal sealed class AppliedObject
{
    // Of the API server alone, or not of the content.
    private static readonly string[] Server =
        ["resourceVersion", "uid", "generation", "creationTimestamp", "managedFields", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds", "ownerReferences"];

    // Lists whose elements are merged, with what distinguishes these.
    private static readonly Dictionary<string, string> Keys = new(StringComparer.Ordinal)
    {
        ["containers"] = "name",
        ["initContainers"] = "name",
        ["ephemeralContainers"] = "name",
        ["env"] = "name",
        ["volumes"] = "name",
        ["imagePullSecrets"] = "name",
        ["volumeMounts"] = "mountPath",
        ["volumeDevices"] = "devicePath",
        ["ports"] = "containerPort",
        ["hostAliases"] = "ip",
        ["topologySpreadConstraints"] = "topologyKey",
    };

    private readonly bool _mergesLists;

    private AppliedObject(bool mergesLists) => _mergesLists = mergesLists;

    /// <param name="live">The live object; null when there is none.</param>
    /// <param name="file">The object of the file.</param>
    /// <param name="isBuiltIn">Whether it is of Kubernetes itself: patches of others replace lists.</param>
    public static JsonObject Of(JsonObject? live, JsonObject file, bool isBuiltIn)
    {
        file = (JsonObject)file.DeepClone();
        file.Remove("status");
        if (file.Map("metadata") is { } metadata)
        {
            foreach (var name in Server)
            {
                metadata.Remove(name);
            }

            metadata.Map("annotations")?.Remove(Removals.LastAppliedAnnotation);
        }

        EncodeText(file);
        if (live is null)
        {
            return (JsonObject)(ServerForm.Clean("", file) ?? new JsonObject());
        }

        var applied = new AppliedObject(isBuiltIn).Merged(live, file, Removals.Of(live, file), "", keepsOthers: true);
        ServerForm.Account(applied);
        return applied;
    }

    // The API server moves what is in stringData into data. What was moved once does not go with the file's text.
    private static void EncodeText(JsonObject file)
    {
        if (file.TextOf("kind") == "Secret" && file.Map("stringData") is { } texts)
        {
            var data = file.Map("data") ?? [];
            file["data"] = data.Parent is null ? data : data.DeepClone();
            foreach (var (key, value) in texts)
            {
                file["data"]![key] = value is JsonValue text && text.TryGetValue(out string? plain) ? Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(plain)) : value?.DeepClone();
            }

            file.Remove("stringData");
        }
    }

    private JsonObject Merged(JsonObject live, JsonObject file, Removals removals, string parent, bool keepsOthers)
    {
        var isMap = ServerForm.IsMap(parent);
        var merged = new JsonObject();
        foreach (var (name, value) in live)
        {
            if (!file.TryGetPropertyValue(name, out var given))
            {
                if ((keepsOthers && !removals.Has(name)) || (!isMap && ServerForm.IsDefault(name, value, live)))
                {
                    merged[name] = value?.DeepClone();
                }
            }
            else if (given is null ? !isMap && ServerForm.IsDefault(name, value, live) : value is null)
            {
                merged[name] = (value ?? given)?.DeepClone();
            }
            else if (given is not null && Merged(name, value!, given, removals.Member(name)) is { } both)
            {
                merged[name] = both;
            }
        }

        foreach (var (name, value) in file)
        {
            if (!live.ContainsKey(name) && (isMap ? value?.DeepClone() : ServerForm.Clean(name, value)) is { } added)
            {
                merged[name] = added;
            }
        }

        return merged;
    }

    private JsonNode? Merged(string name, JsonNode live, JsonNode file, Removals removals)
    {
        if (live is JsonObject liveMap && file is JsonObject fileMap)
        {
            return Merged(liveMap, fileMap, removals, name, keepsOthers: true);
        }

        if (live is not JsonArray liveList || file is not JsonArray fileList)
        {
            return ServerForm.AreSame(name, live, file) ? live.DeepClone() : file.DeepClone();
        }

        if (_mergesLists && Keys.TryGetValue(name, out var key) && IsKeyed(liveList, key) && IsKeyed(fileList, key))
        {
            return Merged(name, key, liveList, fileList, removals);
        }

        return liveList.Count == fileList.Count && liveList.Zip(fileList).All(pair => ServerForm.AreSame(name, pair.First, pair.Second))
            ? live.DeepClone() : ServerForm.Clean(name, file);
    }

    private static bool IsKeyed(JsonArray list, string key) => list.All(each => each is JsonObject element && element[key] is not null);

    private JsonArray? Merged(string name, string key, JsonArray live, JsonArray file, Removals removals)
    {
        var left = live.Cast<JsonObject>().ToList();
        var result = new List<JsonNode?>();

        // The file says the order. What it does not have stays before what it was before.
        foreach (var given in file.Cast<JsonObject>())
        {
            var at = left.FindIndex(each => ServerForm.IsSameElement(name, key, each, given));
            var before = at < 0 ? null : left[at];
            if (before is not null)
            {
                foreach (var other in left.Take(at).Where(each => !IsOf(file, each)).ToArray())
                {
                    Keep(other);
                }

                left.Remove(before);
            }

            // A volume is of one kind.
            var keepsOthers = name != "volumes" || given.Count == 1;
            result.Add(before is null ? ServerForm.Clean(name, given) ?? new JsonObject() : Merged(before, given, removals.Element(key, before), "", keepsOthers));
        }

        foreach (var other in left.Where(each => !IsOf(file, each)).ToArray())
        {
            Keep(other);
        }

        return result.Count == 0 ? null : new JsonArray([.. result]);

        bool IsOf(JsonArray list, JsonObject element) => list.Cast<JsonObject>().Any(each => ServerForm.IsSameElement(name, key, each, element));

        void Keep(JsonObject other)
        {
            left.Remove(other);
            if (!removals.HasElement(key, other))
            {
                result.Add(other.DeepClone());
            }
        }
    }
}

