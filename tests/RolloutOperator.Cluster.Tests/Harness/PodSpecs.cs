using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>Pod specs that read a source in each way that Kubernetes has.</summary>
public static class PodSpecs
{
    public static string Env(SourceKind kind, string name, string key, bool optional = false) => $$$"""
        {"containers": [{"name": "app", "image": "app:1", "env": [
            {"name": "VALUE", "valueFrom": {"{{{Prefix(kind)}}}KeyRef": {"name": "{{{name}}}", "key": "{{{key}}}", "optional": {{{Text(optional)}}} } } }]}]}
        """;

    public static string EnvFrom(SourceKind kind, string name, bool optional = false) => $$$"""
        {"containers": [{"name": "app", "image": "app:1", "envFrom": [
            {"{{{Prefix(kind)}}}Ref": {"name": "{{{name}}}", "optional": {{{Text(optional)}}} }}]}]}
        """;

    public static string EnvFrom(SourceKind first, string name, SourceKind second, string other) => $$$"""
        {"containers": [{"name": "app", "image": "app:1", "envFrom": [
            {"{{{Prefix(first)}}}Ref": {"name": "{{{name}}}"}}, {"{{{Prefix(second)}}}Ref": {"name": "{{{other}}}"}}]}]}
        """;

    public static string Volume(SourceKind kind, string name) => $$$"""
        {"containers": [{"name": "app", "image": "app:1", "volumeMounts": [{"name": "config", "mountPath": "/config"}]}],
         "volumes": [{"name": "config", "{{{Prefix(kind)}}}": {"{{{(kind == SourceKind.Secret ? "secretName" : "name")}}}": "{{{name}}}"}}]}
        """;

    public static string Projected(SourceKind kind, string name) => $$$"""
        {"containers": [{"name": "app", "image": "app:1", "volumeMounts": [{"name": "config", "mountPath": "/config"}]}],
         "volumes": [{"name": "config", "projected": {"sources": [{"{{{Prefix(kind)}}}": {"name": "{{{name}}}"}}]}}]}
        """;

    private static string Prefix(SourceKind kind) => kind == SourceKind.Secret ? "secret" : "configMap";

    private static string Text(bool value) => value ? "true" : "false";
}
