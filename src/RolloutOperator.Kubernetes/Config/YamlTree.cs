using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace RolloutOperator.Kubernetes.Config;

/// <summary>
/// Builds the tree from the parser's events. An alias is the same node again and costs nothing, and nothing here ever
/// expands the tree, so that a document of nested aliases stays as small as it is.
/// </summary>
internal sealed class YamlTree
{
    private const int MaxDepth = 64;

    private readonly IParser _parser;
    private readonly Dictionary<string, YamlValue> _anchors = [];

    private YamlTree(IParser parser) => _parser = parser;

    /// <summary>Reads the first document; null if there is none.</summary>
    /// <exception cref="YamlException">The text is not YAML, or nested beyond reason.</exception>
    public static YamlValue? Read(TextReader text)
    {
        var parser = new Parser(text);
        parser.Consume<StreamStart>();
        if (parser.Accept<StreamEnd>(out _))
        {
            return null;
        }

        parser.Consume<DocumentStart>();
        YamlValue root = new YamlTree(parser).ReadNode(0);
        parser.Consume<DocumentEnd>();
        return root;
    }

    private YamlValue ReadNode(int depth)
    {
        if (depth > MaxDepth)
        {
            throw new YamlException(_parser.Current!.Start, _parser.Current.End, $"nested deeper than {MaxDepth} levels");
        }

        if (_parser.TryConsume<AnchorAlias>(out AnchorAlias? alias))
        {
            return _anchors.TryGetValue(alias.Value.Value, out YamlValue? known)
                ? known
                : throw new YamlException(alias.Start, alias.End, "an alias comes before its anchor");
        }

        if (!_parser.Accept<NodeEvent>(out NodeEvent? node))
        {
            throw new YamlException(_parser.Current!.Start, _parser.Current.End, "a value is missing");
        }

        YamlValue value = node switch
        {
            Scalar scalar => ReadScalar(scalar),
            SequenceStart => ReadSequence(depth),
            MappingStart => ReadMapping(depth),
            _ => throw new YamlException(node.Start, node.End, "unexpected node"),
        };
        if (!node.Anchor.IsEmpty)
        {
            _anchors[node.Anchor.Value] = value;
        }

        return value;
    }

    private YamlValue.Scalar ReadScalar(Scalar scalar)
    {
        _parser.MoveNext();
        return new(scalar.Value, scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any));
    }

    private YamlValue.Sequence ReadSequence(int depth)
    {
        _parser.MoveNext();
        var items = new List<YamlValue>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadNode(depth + 1));
        }

        return new(items);
    }

    private YamlValue.Mapping ReadMapping(int depth)
    {
        _parser.MoveNext();
        var members = new Dictionary<string, YamlValue>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            ParsingEvent at = _parser.Current!;
            YamlValue key = ReadNode(depth + 1);
            YamlValue value = ReadNode(depth + 1);
            if (key is not YamlValue.Scalar { Text: var name } || !members.TryAdd(name, value))
            {
                throw new YamlException(at.Start, at.End, "a key is repeated or is not plain text");
            }
        }

        return new(members);
    }
}
