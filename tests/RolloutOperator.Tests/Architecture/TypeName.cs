namespace RolloutOperator.Tests.Architecture;

/// <summary>A type by the name that a wall knows it by: that of the outermost type around it, without the count of its parameters.</summary>
internal readonly record struct TypeName(string Namespace, string Name)
{
    /// <summary>Made by the compiler for itself, outside every namespace.</summary>
    internal bool IsCompilers => Name.StartsWith('<');

    internal bool IsCoverlets => Namespace.StartsWith("Coverlet.", StringComparison.Ordinal);

    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}.{Name}";
}

/// <summary>One place in the compiled code that uses something.</summary>
/// <param name="From">The outermost type that the place is in.</param>
/// <param name="In">The method or field, as the source calls it.</param>
/// <param name="Generated">Whether the compiler wrote the place, as it does the steps of an iterator.</param>
/// <param name="To">What is used.</param>
/// <param name="Member">The member of it; null when the type itself is named.</param>
internal readonly record struct Use(TypeName From, string In, bool Generated, TypeName To, string? Member)
{
    internal string Place => In.Length == 0 ? From.ToString() : $"{From}.{In}";

    internal string Target => Member is null ? To.ToString() : $"{To}.{Member}";
}
