using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Tests;

/// <summary>Compares with checksum.py, which was written from the definition and not from this code.</summary>
public sealed class ChecksumByPythonTests
{
    private const int Workloads = 2_000;

    [Fact]
    public void Two_implementations_give_the_same_digests_and_checksums()
    {
        var dice = new Dice(20_260);
        var (given, mine) = (new JsonArray(), new List<(Digest Checksum, SourceDigest[] Sources)>());
        for (var i = 0; i < Workloads; i++)
        {
            var (described, digests) = Workload(dice);
            given.Add(described);
            mine.Add((SourceDigest.Checksum(dice.Shuffled(digests)), digests));
        }

        var request = new JsonObject { ["key"] = Convert.ToHexString(Make.KeyBytes), ["workloads"] = given };
        var theirs = JsonNode.Parse(RunPython(request.ToJsonString()))!.AsArray();
        Assert.Equal(Workloads, theirs.Count);
        foreach (var (one, other) in mine.Zip(theirs))
        {
            Assert.Equal((string?)other!["checksum"], one.Checksum.ToString());
            Assert.Equal(
                other["sources"]!.AsObject().ToDictionary(s => s.Key, s => (string?)s.Value),
                one.Sources.ToDictionary(s => s.Source.ToString(), s => s.Digest?.ToString()));
        }
    }

    private static (JsonArray Described, SourceDigest[] Digests) Workload(Dice dice)
    {
        var described = new JsonArray();
        var digests = new List<SourceDigest>();
        foreach (var name in dice.Shuffled(["configmap/a", "configmap/a.b", "configmap/a-b", "secret/a", "secret/z", "image/app", "configmap/a/b", "secret/a/a"]).Take(dice.Next(9)))
        {
            var source = Make.Source(name);
            var (described1, digest) = source.Kind == SourceKind.Image ? Image(dice, source) : Object(dice, source);
            described.Add(described1);
            digests.Add(digest);
        }

        return (described, [.. digests]);
    }

    private static (JsonObject Described, SourceDigest Digest) Image(Dice dice, SourceRef source)
    {
        var manifest = dice.OneIn(3) ? null : "sha256:" + Convert.ToHexStringLower(dice.Bytes(40));
        var digest = manifest is null ? (Digest?)null : Digest.Sha256(CanonicalForm.OfImage(manifest));
        return (new() { ["name"] = source.ToString(), ["manifest"] = manifest }, new(source, digest));
    }

    // The values go through the reader, as they do in the program.
    private static (JsonObject Described, SourceDigest Digest) Object(Dice dice, SourceRef source)
    {
        var values = dice.Many(5, () => (Key: dice.Text(), Value: Encoding.UTF8.GetBytes(dice.Text(8)))).DistinctBy(v => v.Key).ToArray();
        var binary = source.Kind == SourceKind.Secret || dice.OneIn(2) ? [] : values.Select(v => v.Key).Where(_ => dice.OneIn(2)).ToHashSet();
        var content = dice.OneIn(5) ? null : SourceContent.Of(Make.Content(source.Kind, values.Select(v => KeyValuePair.Create(v.Key, Encoding.UTF8.GetString(v.Value))))
            .Entries.Select(entry => entry with { IsBinary = binary.Contains(entry.Key) }));
        var keys = dice.OneIn(2) ? null : values.Select(v => v.Key).Where(_ => dice.OneIn(2)).Concat(dice.Many(3, () => dice.Text())).Distinct().ToArray();
        var use = (keys is null ? SourceUse.Everything(source) : Make.Use(source, keys)) with
        {
            Variables = dice.OneIn(2) ? [] : [.. values.Select(v => v.Key).Where(_ => dice.OneIn(2)).Concat(dice.Many(2, () => dice.Text())).Distinct().Order(Utf8Order.Instance)],
            EnvFrom = dice.OneIn(2) ? [] :
            [
                .. dice.Many(3, () => new EnvFromUse(dice.Of("", "", "a", "."))
                {
                    Hidden = dice.OneIn(2) ? [] : [.. values.Select(v => dice.Of("", "a") + v.Key).Where(_ => dice.OneIn(2))],
                    ValidNamesOnly = dice.OneIn(2),
                }),
            ],
        };
        var described = new JsonObject
        {
            ["name"] = source.ToString(),
            ["keys"] = keys is null ? null : Texts(keys),
            ["binary"] = Texts(binary),
            ["variables"] = Texts(use.Variables),
            ["envFrom"] = new JsonArray([.. use.EnvFrom.Select(from => (JsonNode)new JsonObject
            {
                ["prefix"] = from.Prefix,
                ["hidden"] = Texts(from.Hidden),
                ["skips"] = from.ValidNamesOnly,
            })]),
            ["data"] = content is null ? null : new JsonObject(values.Select(v => KeyValuePair.Create(v.Key, (JsonNode?)Convert.ToBase64String(v.Value)))),
        };
        return (described, SourceDigest.Of(use, content));
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    private static string RunPython(string input)
    {
        var start = new ProcessStartInfo("python3", ["-B", Path.Combine(TestData.Project, "checksum.py")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
        };
        try
        {
            using var python = Process.Start(start)!;
            var output = python.StandardOutput.ReadToEndAsync();
            python.StandardInput.Write(input);
            python.StandardInput.Close();
            var text = output.GetAwaiter().GetResult();
            python.WaitForExit();
            Assert.Equal(0, python.ExitCode);
            return text;
        }
        catch (Win32Exception missing)
        {
            throw new InvalidOperationException(
                "python3 was not found. Install it (apt-get install python3): the checksum is checked against a second implementation.", missing);
        }
    }
}
