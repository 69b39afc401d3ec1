using System.Text.Json.Nodes;

namespace RolloutOperator.Core.Tests;

/// <summary>
/// What the kubelet makes the environment of a container of, in its own order: a second implementation, written from
/// <c>makeEnvironmentVariables</c> (pkg/kubelet/kubelet_pods.go, 1.20 and 1.35) and not from this code.
/// </summary>
internal static class KubeletEnvironment
{
    /// <summary>The variables, or null when the container does not start.</summary>
    /// <param name="container">The container of a template.</param>
    /// <param name="sources">The text values of each source by its name, such as <c>configmap/a</c>; null when it is absent.</param>
    /// <param name="skipsInvalidNames">Whether the kubelet is older than 1.30.</param>
    public static SortedDictionary<string, string>? Of(JsonNode container, IReadOnlyDictionary<string, Dictionary<string, string>?> sources, bool skipsInvalidNames)
    {
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var from in container["envFrom"]?.AsArray() ?? [])
        {
            var (values, optional, _) = Find(from!, "Ref");
            if (values is null && !optional)
            {
                return null;
            }

            foreach (var (key, value) in values ?? [])
            {
                var name = (string?)from!["prefix"] + key;
                if (!skipsInvalidNames || IsName(name))
                {
                    variables[name] = value;
                }
            }
        }

        foreach (var variable in container["env"]?.AsArray() ?? [])
        {
            var value = (string?)variable!["value"] ?? "";
            if (value.Length > 0)
            {
                value = Expand(value, variables);
            }
            else if (variable["valueFrom"] is { } from)
            {
                var (values, optional, key) = Find(from, "KeyRef");
                if (values?.GetValueOrDefault(key!) is { } found)
                {
                    value = found;
                }
                else if (optional)
                {
                    continue;
                }
                else
                {
                    return null;
                }
            }

            variables[(string)variable["name"]!] = value;
        }

        return variables;

        (Dictionary<string, string>? Values, bool Optional, string? Key) Find(JsonNode from, string suffix)
        {
            var (kind, reference) = from["configMap" + suffix] is { } configMap ? ("configmap", configMap) : ("secret", from["secret" + suffix]!);
            return (sources[$"{kind}/{reference["name"]}"], (bool?)reference["optional"] ?? false, (string?)reference["key"]);
        }
    }

    private static bool IsName(string name)
    {
        var first = name.Length > 0 && "-._abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".Contains(name[0], StringComparison.Ordinal);
        return first && name.All(c => c is '-' or '.' or '_' || char.IsAsciiLetterOrDigit(c)) && name != "." && !name.StartsWith("..", StringComparison.Ordinal);
    }

    private static string Expand(string text, SortedDictionary<string, string> variables)
    {
        var result = "";
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '$' || i + 1 == text.Length)
            {
                result += text[i];
            }
            else if (text[i + 1] == '(' && text.IndexOf(')', i) is > 0 and var end)
            {
                var name = text[(i + 2)..end];
                result += variables.GetValueOrDefault(name, $"$({name})");
                i = end;
            }
            else
            {
                result += text[i + 1] == '$' ? "$" : text[i..(i + 2)];
                i++;
            }
        }

        return result;
    }
}
