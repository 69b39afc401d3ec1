namespace RolloutOperator.Core.Templates;

/// <summary>An annotation that could not be read; the workload goes on with the safe default.</summary>
/// <param name="Annotation">The name of the annotation.</param>
/// <param name="Value">The part of its value that was not understood.</param>
/// <param name="Allowed">What is allowed, as a half-sentence.</param>
public sealed record SettingsProblem(string Annotation, string Value, string Allowed)
{
    private const int LongestQuote = 63;

    /// <summary>The value as messages quote it: cut short, and never between the halves of a character.</summary>
    public string Quote => Value.Length <= LongestQuote ? Value
        : Value[..(char.IsHighSurrogate(Value[LongestQuote - 1]) ? LongestQuote - 1 : LongestQuote)] + "…";
}
