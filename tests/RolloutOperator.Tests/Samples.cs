using System.Text;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;
using RolloutOperator.Watching;

namespace RolloutOperator.Tests;

/// <summary>Values that the tests of several rooms need.</summary>
internal static class Samples
{
    /// <summary>The digest key of this installation, .</summary>
    internal static DigestKeys Keys { get; } = new([DigestKey.FromBytes(new byte[DigestKey.Size])!]);

    internal static string KeyId => Keys.All[0].Id;

    internal static SourceKey Config(string name, string @namespace = "shop") => new(@namespace, new(SourceKind.ConfigMap, name));

    internal static SourceKey Secret(string name, string @namespace = "shop") => new(@namespace, new(SourceKind.Secret, name));

    internal static Digest Hash(string text) => Digest.Sha256(Encoding.UTF8.GetBytes(text));

    /// <summary>The content of a source with one key.</summary>
    internal static SourceContent Content(string value) => SourceContent.Of([new("key", Hash(value))]);

    internal static SourceReading Reading(ulong version, string value) => new(new(version), Content(value));

    /// <summary>An enrolled Deployment that uses every key of the sources.</summary>
    internal static Workload Workload(string name, params SourceKey[] sources) => new()
    {
        Ref = new("Deployment", "shop", name),
        Uid = "uid-of-" + name,
        Version = "10",
        Enrolled = true,
        Settings = Annotated(),
        Sources = [.. sources.Select(s => SourceUse.Everything(s.Source))],
        Template = Hash("template"),
        TemplateOfOthers = Hash("template"),
    };

    internal static Settings Annotated(params (string Name, string Value)[] annotations) =>
        Settings.Read(name => annotations.Where(a => a.Name == name).Select(a => a.Value).FirstOrDefault(), "shop", ReadingRules.Default);

    internal static Ledger Ledger(int rollout, string? key = null) =>
        Core.Planning.Ledger.Of(rollout, key ?? KeyId, Hash("template"), [SourceDigest.Of(SourceUse.Everything(new(SourceKind.ConfigMap, "config")), Content("a"))]);
}
