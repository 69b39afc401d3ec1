using RolloutOperator.Hosting;
using YamlDotNet.RepresentationModel;

namespace RolloutOperator.Tests.Hosting;

/// <summary>A verb on a resource somewhere, as RBAC objects grant it and as the program asks for it.</summary>
/// <param name="Where">The namespace, or nothing for all of them.</param>
/// <param name="Name">The one object, or nothing for any.</param>
internal sealed record Grant(string Verb, string Group, string Resource, string Where, string Name)
{
    internal static IEnumerable<Grant> NeededBy(OperatorOptions options) => RequiredPermissions.Of(options)
        .Select(right => right.Access)
        .Select(access => new Grant(access.Verb, access.Group, access.Resource, access.Namespace ?? "", access.Name ?? ""));

    /// <summary>What the Roles and ClusterRoles of a file grant; it is read as strictly as the examples are written.</summary>
    internal static IEnumerable<Grant> ReadFrom(string file)
    {
        using var reader = File.OpenText(file);
        var stream = new YamlStream();
        stream.Load(reader);
        return
            from document in stream.Documents
            let root = (YamlMappingNode)document.RootNode
            where Text(root, "kind") is "Role" or "ClusterRole"
            let @namespace = Text(root, "kind") == "Role" ? Text((YamlMappingNode)root["metadata"], "namespace") : ""
            from YamlMappingNode rule in (YamlSequenceNode)root["rules"]
            from grant in
                from verb in Texts(rule, "verbs")
                from @group in Texts(rule, "apiGroups")
                from resource in Texts(rule, "resources")
                from name in Texts(rule, "resourceNames").DefaultIfEmpty("")
                select new Grant(verb, @group, resource, @namespace, name)
            select grant;
    }

    private static string Text(YamlMappingNode node, string name) => ((YamlScalarNode)node[name]).Value!;

    private static IEnumerable<string> Texts(YamlMappingNode node, string name) =>
        node.Children.TryGetValue(name, out var list) ? ((YamlSequenceNode)list).Select(item => ((YamlScalarNode)item).Value!) : [];
}
