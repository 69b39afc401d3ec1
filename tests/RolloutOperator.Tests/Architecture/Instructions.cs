using System.Collections.Frozen;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace RolloutOperator.Tests.Architecture;

/// <summary>Reads the tokens out of a method's body.</summary>
internal static class Instructions
{
    // The runtime's own table of instructions says how long each one's operand is.
    private static readonly FrozenDictionary<short, OperandType> Operands = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToFrozenDictionary(code => code.Value, code => code.OperandType);

    internal static IEnumerable<EntityHandle> TokensOf(MethodBodyBlock body)
    {
        List<EntityHandle> tokens = [];
        BlobReader reader = body.GetILReader();
        while (reader.RemainingBytes > 0)
        {
            byte first = reader.ReadByte();
            // 0xFE begins the instructions of two bytes.
            short code = first == 0xFE ? (short)((first << 8) | reader.ReadByte()) : first;
            switch (Operands[code])
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineSig or OperandType.InlineTok or OperandType.InlineType:
                    tokens.Add(MetadataTokens.EntityHandle(reader.ReadInt32()));
                    break;
                case OperandType.InlineSwitch:
                    int targets = reader.ReadInt32();
                    reader.Offset += 4 * targets;
                    break;
                case OperandType other:
                    reader.Offset += LengthOf(other);
                    break;
            }
        }

        return tokens;
    }

    private static int LengthOf(OperandType operand) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineBrTarget or OperandType.InlineI or OperandType.InlineString or OperandType.ShortInlineR => 4,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(operand), operand, "an operand of unknown length"),
    };
}
