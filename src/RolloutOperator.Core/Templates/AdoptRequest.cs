using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using RolloutOperator.Core.Planning;

namespace RolloutOperator.Core.Templates;

/// <summary>
/// The value of the annotation <see cref="Names.Adopt"/>, such as <c>CHECKSUM/7</c>: the pods are to be taken to have read a state,
/// without a rollout. It is for that state and for the next write of the ledger only, so that it has no effect a second time, when
/// the state comes back.
/// </summary>
/// <param name="Checksum">The checksum of the state, 64 lower-case hexadecimal digits.</param>
/// <param name="Sequence">The <see cref="Ledger.Sequence"/> of the ledger that is to be written.</param>
public sealed record AdoptRequest(string Checksum, int Sequence)
{
    private const int ChecksumLength = 64;

    /// <summary>The request that is met instead of a rollout.</summary>
    public static AdoptRequest InsteadOf(Plan.Roll roll) => new(roll.Checksum.ToString(), roll.Ledger.Sequence);

    /// <summary>Reads the value.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out AdoptRequest? request)
    {
        request = text.Split('/') is [{ Length: ChecksumLength } checksum, var number] && checksum.All(char.IsAsciiHexDigitLower)
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            ? new(checksum, sequence)
            : null;
        return request is not null;
    }

    /// <summary>The value of the annotation.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Checksum}/{Sequence}");
}
