using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace RolloutOperator.Cli.Manifests;

/// <summary>One document of a text.</summary>
/// <param name="Number">Which one it is, from 1.</param>
/// <param name="Line">Where it begins, from 1.</param>
/// <param name="Root">What is in it; null for nothing.</param>
internal readonly record struct ManifestDocument(int Number, long Line, JsonNode? Root);

/// <summary>
/// Reads YAML as kubectl does, as JSON. No message repeats what is in the text: that may be the value of a Secret.
/// </summary>
internal sealed class YamlDocuments
{
    private const int MaxDepth = 100;

    // Aliases repeat what is behind an anchor, and aliases of aliases multiply it.
    private const int MaxRepeated = 100_000;
    private const long MaxRepeatedText = 8 << 20;

    private readonly Parser _parser;
    private readonly Dictionary<AnchorName, (JsonNode? Node, int Nodes, long Text)> _anchors = [];
    private int _nodes;
    private long _text;
    private int _repeated;
    private long _repeatedText;
    private int _depth;

    private YamlDocuments(string text) => _parser = new Parser(new StringReader(text));

    /// <exception cref="ManifestException">The text is not YAML, or not such as JSON can say.</exception>
    public static IReadOnlyList<ManifestDocument> Read(string text)
    {
        var reader = new YamlDocuments(text);
        var documents = new List<ManifestDocument>();
        try
        {
            reader._parser.Consume<StreamStart>();
            while (!reader._parser.TryConsume<StreamEnd>(out _))
            {
                reader._parser.Consume<DocumentStart>();
                reader._anchors.Clear();
                var line = reader._parser.Current!.Start.Line;
                documents.Add(new(documents.Count + 1, line, reader.Node()));
                reader._parser.Consume<DocumentEnd>();
            }
        }
        catch (YamlException e)
        {
            var isQuoting = e.Message.Any(c => c is '\'' or '"' or '$' or '`');
            throw new ManifestException(documents.Count + 1, e.Start.Line, isQuoting ? "this is not valid YAML" : "this is not valid YAML: " + e.Message.TrimEnd('.'), e);
        }
        catch (FormatException e)
        {
            throw new ManifestException(documents.Count + 1, reader._parser.Current?.Start.Line ?? 1, e.Message, e);
        }

        return documents;
    }

    private JsonNode? Node()
    {
        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            return Repeated(alias);
        }

        var current = (NodeEvent)_parser.Current!;

        if (++_depth > MaxDepth)
        {
            throw new FormatException($"it is nested more than {MaxDepth} deep");
        }

        var (nodes, text) = (_nodes++, _text);
        JsonNode? node = current switch
        {
            MappingStart => Mapping(),
            SequenceStart => Sequence(),
            _ => ScalarValue(),
        };
        _depth--;
        if (!current.Anchor.IsEmpty)
        {
            _anchors[current.Anchor] = (node, _nodes - nodes, _text - text);
        }

        return node;
    }

    private JsonNode? Repeated(AnchorAlias alias)
    {
        if (!_anchors.TryGetValue(alias.Value, out var anchor))
        {
            throw new YamlException(alias.Start, alias.End, "an alias has no anchor before it");
        }

        _nodes += anchor.Nodes;
        _text += anchor.Text;
        if ((_repeated += anchor.Nodes) > MaxRepeated || (_repeatedText += anchor.Text) > MaxRepeatedText)
        {
            throw new FormatException("its aliases repeat too much");
        }

        return anchor.Node?.DeepClone();
    }

    private JsonNode? ScalarValue()
    {
        var scalar = (Scalar)_parser.Current!;
        _text += scalar.Value.Length;
        var value = YamlScalar.Read(scalar);
        _parser.MoveNext();
        return value;
    }

    private JsonArray Sequence()
    {
        _parser.Consume<SequenceStart>();
        var array = new JsonArray();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            array.Add(Node());
        }

        return array;
    }

    // Of a key given twice, the last one counts, and a merged one where it stands: so kubectl reads it.
    private JsonObject Mapping()
    {
        _parser.Consume<MappingStart>();
        var members = new JsonObject();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (_parser.Current is not Scalar key)
            {
                throw new FormatException("a key of a mapping has to be text");
            }

            var isMerge = key is { Value: "<<", Style: ScalarStyle.Plain };
            var name = isMerge ? "" : YamlScalar.Name(key);
            _text += name.Length;
            _parser.MoveNext();
            if (isMerge)
            {
                Merge(members, Node(), key);
            }
            else
            {
                members[name] = Node();
            }
        }

        return members;
    }

    private static void Merge(JsonObject members, JsonNode? merged, Scalar key)
    {
        var maps = merged is JsonArray several ? several.Reverse() : [merged];
        foreach (var map in maps)
        {
            foreach (var (name, value) in map as JsonObject ?? throw new YamlException(key.Start, key.End, "a merge key takes a mapping, or a list of mappings"))
            {
                members[name] = value?.DeepClone();
            }
        }
    }
}

/// <summary>A text is not what is expected. The file is named where it is known.</summary>
internal sealed class ManifestException(int document, long line, string problem, Exception? cause = null) : Exception(problem, cause)
{
    public int Document => document;

    public long Line => line;
}
