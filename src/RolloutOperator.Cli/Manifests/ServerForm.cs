using System.Globalization;
using System.Text.Json.Nodes;

namespace RolloutOperator.Cli.Manifests;

/// <summary>
/// How the API server writes pod templates: it adds defaults, leaves out what is empty, and writes quantities in one form
/// (Kubernetes API reference, PodSpec; <c>pkg/apis/core/v1/defaults.go</c>). Two templates that it writes alike are the same.
/// </summary>
internal static class ServerForm
{
    private static readonly Dictionary<string, string> Defaults = new(StringComparer.Ordinal)
    {
        ["apiVersion"] = "\"v1\"",
        ["defaultMode"] = "420",
        ["divisor"] = "\"0\"",
        ["dnsPolicy"] = "\"ClusterFirst\"",
        ["expirationSeconds"] = "3600",
        ["failureThreshold"] = "3",
        ["path"] = "\"/\"",
        ["periodSeconds"] = "10",
        ["protocol"] = "\"TCP\"",
        ["resources"] = "{}",
        ["restartPolicy"] = "\"Always\"",
        ["schedulerName"] = "\"default-scheduler\"",
        ["scheme"] = "\"HTTP\"",
        ["securityContext"] = "{}",
        ["successThreshold"] = "1",
        ["terminationGracePeriodSeconds"] = "30",
        ["terminationMessagePath"] = "\"/dev/termination-log\"",
        ["terminationMessagePolicy"] = "\"File\"",
        ["timeoutSeconds"] = "1",
        ["type"] = "\"\"",
    };

    // What an absent member means where it is no pointer in the API's types.
    private static readonly HashSet<string> FalseIsAbsent = ["hostNetwork", "hostPID", "hostIPC", "stdin", "stdinOnce", "tty", "readOnly", "paused"];
    private static readonly HashSet<string> ZeroIsAbsent = ["initialDelaySeconds", "hostPort", "minReadySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"];
    private static readonly HashSet<string> EmptyIsAbsent = ["annotations", "labels", "nodeSelector", "limits", "requests", "matchLabels", "overhead", "data", "binaryData"];

    // Members of maps whose values are kept as they are.
    private static readonly HashSet<string> Maps = ["annotations", "labels", "data", "binaryData", "nodeSelector", "matchLabels"];

    private static readonly HashSet<string> Quantities = ["limits", "requests", "sizeLimit", "divisor", "overhead"];

    private static readonly (string Suffix, decimal Factor)[] Suffixes =
    [
        ("Ki", 1024m), ("Mi", 1048576m), ("Gi", 1073741824m), ("Ti", 1099511627776m), ("Pi", 1125899906842624m), ("Ei", 1152921504606846976m),
        ("n", 1e-9m), ("u", 1e-6m), ("m", 1e-3m), ("k", 1e3m), ("M", 1e6m), ("G", 1e9m), ("T", 1e12m), ("P", 1e15m), ("E", 1e18m),
    ];

    /// <summary>Whether the API server sets it where a file says nothing.</summary>
    /// <param name="name">The member.</param>
    /// <param name="value">Its value.</param>
    /// <param name="in">What it is in.</param>
    public static bool IsDefault(string name, JsonNode? value, JsonObject @in) => name switch
    {
        _ when value is null => true,
        "imagePullPolicy" => @in.TextOf("image") is { } image && value.ToJsonString() == (IsLatest(image) ? "\"Always\"" : "\"IfNotPresent\""),
        // Removed from a template, it comes back from its older name.
        "serviceAccountName" or "serviceAccount" => @in.ContainsKey("containers"),
        // The API server takes the limits for what is requested.
        "requests" => value is JsonObject requests && @in.Map("limits") is { } limits && requests.All(each => JsonNode.DeepEquals(limits[each.Key], each.Value)),
        _ => Defaults.TryGetValue(name, out var usual) && value.ToJsonString() == usual,
    };

    /// <summary>Whether people choose the names of its members.</summary>
    public static bool IsMap(string name) => Maps.Contains(name);

    /// <summary>What the API server keeps of what a file adds; null for nothing.</summary>
    public static JsonNode? Clean(string name, JsonNode? value) => Clean(name, value, isMap: false);

    /// <summary>Whether a live value and that of a file are written alike.</summary>
    public static bool AreSame(string name, JsonNode? live, JsonNode? file) => (live, file) switch
    {
        (JsonArray one, JsonArray other) => one.Count == other.Count && one.Zip(other).All(pair => AreSame(name, pair.First, pair.Second)),
        (JsonObject one, JsonObject other) => one.All(member => other.TryGetPropertyValue(member.Key, out var given) && given is not null
                ? AreSame(Quantities.Contains(name) ? name : member.Key, member.Value, given) : IsDefault(member.Key, member.Value, one))
            && other.All(member => one.ContainsKey(member.Key) || Clean(member.Key, member.Value) is null),
        _ => JsonNode.DeepEquals(live, file) || (IsQuantity(name, live) && QuantityOf(live) is { } amount && amount == QuantityOf(file))
            || (NumberOf(live) is { } number && number == NumberOf(file)),
    };

    /// <summary>Whether both are the same element of a list.</summary>
    public static bool IsSameElement(string list, string key, JsonObject one, JsonObject other) =>
        JsonNode.DeepEquals(one[key], other[key]) && (list != "ports" || (one.TextOf("protocol") ?? "TCP") == (other.TextOf("protocol") ?? "TCP"))
        && (list != "topologySpreadConstraints" || one.TextOf("whenUnsatisfiable") == other.TextOf("whenUnsatisfiable"));

    /// <summary>Keeps the older name of a pod's service account in step.</summary>
    public static void Account(JsonNode? node)
    {
        if (node is JsonObject map)
        {
            if (map["containers"] is JsonArray && map.ContainsKey("serviceAccount") && (map["serviceAccountName"] ?? map["serviceAccount"])?.DeepClone() is { } name)
            {
                map["serviceAccount"] = name;
                map["serviceAccountName"] = name.DeepClone();
            }

            foreach (var (_, value) in map.ToArray())
            {
                Account(value);
            }
        }
    }

    private static JsonNode? Clean(string name, JsonNode? value, bool isMap)
    {
        switch (value)
        {
            case null:
                return null;
            case JsonObject map:
                var cleaned = new JsonObject();
                foreach (var (member, inner) in map)
                {
                    if (Clean(member, inner, Maps.Contains(name)) is { } kept)
                    {
                        cleaned[member] = kept;
                    }
                }

                return cleaned.Count == 0 && EmptyIsAbsent.Contains(name) ? null : cleaned;
            case JsonArray list:
                return list.Count == 0 ? null : new JsonArray([.. list.Select(each => each is JsonObject ? Clean("", each) : each?.DeepClone())]);
            case JsonValue scalar when !isMap:
                return (scalar.TryGetValue(out string? text) && text.Length == 0 && name != "type")
                    || (scalar.TryGetValue(out bool truth) && !truth && FalseIsAbsent.Contains(name))
                    || (NumberOf(scalar) == 0 && ZeroIsAbsent.Contains(name)) ? null : scalar.DeepClone();
            default:
                return value.DeepClone();
        }
    }

    private static bool IsLatest(string image)
    {
        var name = image[(image.LastIndexOf('/') + 1)..];
        return !image.Contains('@', StringComparison.Ordinal) && (!name.Contains(':', StringComparison.Ordinal) || name.EndsWith(":latest", StringComparison.Ordinal));
    }

    private static bool IsQuantity(string name, JsonNode? live) =>
        Quantities.Contains(name) || (live?.Parent is JsonObject { Parent: JsonObject } map && Quantities.Contains(map.GetPropertyName()));

    private static decimal? NumberOf(JsonNode? node) =>
        node is JsonValue value && value.GetValueKind() == System.Text.Json.JsonValueKind.Number
        && decimal.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static decimal? QuantityOf(JsonNode? node)
    {
        if (NumberOf(node) is { } plain)
        {
            return plain;
        }

        if (node is not JsonValue value || !value.TryGetValue(out string? text))
        {
            return null;
        }

        var (suffix, factor) = Suffixes.FirstOrDefault(each => text.EndsWith(each.Suffix, StringComparison.Ordinal));
        try
        {
            return decimal.TryParse(text[..^(suffix?.Length ?? 0)], NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number * (suffix is null ? 1 : factor) : null;
        }
        catch (OverflowException)
        {
            return null;
        }
    }
}
