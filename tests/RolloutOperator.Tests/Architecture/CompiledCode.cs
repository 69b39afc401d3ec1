using Mono.Cecil;

namespace RolloutOperator.Tests.Architecture;

/// <summary>An assembly as the compiler left it: its types, and all that they use.</summary>
internal sealed class CompiledCode(string path) : IDisposable
{
    private readonly ModuleDefinition _module = ModuleDefinition.ReadModule(path);

    /// <summary>Opens an assembly that lies beside the tests.</summary>
    internal static CompiledCode Beside(string assembly) => new(Path.Combine(AppContext.BaseDirectory, assembly + ".dll"));

    internal IEnumerable<string> References => _module.AssemblyReferences.Select(reference => reference.Name);

    /// <summary>The outermost types.</summary>
    internal IEnumerable<TypeName> Types => _module.Types.Select(NameOf).Where(type => !type.IsCompilers);

    /// <summary>All uses, except those by the type that coverlet adds to an assembly whose coverage it measures.</summary>
    internal IEnumerable<Use> Uses => _module.GetTypes().SelectMany(UsesBy).Where(use => !use.From.IsCoverlets).Distinct();

    public void Dispose() => _module.Dispose();

    private static IEnumerable<Use> UsesBy(TypeDefinition type)
    {
        TypeName outer = NameOf(type);
        string nested = type.IsNested ? type.Name : "";
        IEnumerable<TypeReference?> bases = [type.BaseType, .. type.Interfaces.Select(each => each.InterfaceType), .. Constraints(type)];
        return
        [
            .. Targets(bases).Select(to => new Use(outer, Written(nested, ""), Generated: false, to, null)),
            .. from field in type.Fields
               from to in Targets(field.FieldType)
               select new Use(outer, Written(nested, field.Name), Generated: false, to, null),
            .. from method in type.Methods
               let generated = nested.StartsWith('<') || method.Name.StartsWith('<')
               from target in TargetsOf(method)
               select new Use(outer, Written(nested, method.Name), generated, target.To, target.Member),
        ];
    }

    private static IEnumerable<(TypeName To, string? Member)> TargetsOf(MethodDefinition method)
    {
        IEnumerable<TypeReference?> types = [.. Signature(method), .. Constraints(method)];
        if (!method.HasBody)
        {
            return Plain(types);
        }

        types = types.Concat(method.Body.Variables.Select(variable => variable.VariableType)).Concat(method.Body.ExceptionHandlers.Select(handler => handler.CatchType));
        return Plain(types).Concat(method.Body.Instructions.SelectMany(instruction => TargetsOf(instruction.Operand)));
    }

    /// <summary>Everything that an operand names: the type and member themselves, and the types of the member's signature.</summary>
    private static IEnumerable<(TypeName To, string? Member)> TargetsOf(object? operand) => operand switch
    {
        TypeReference type => Plain([type]),
        FieldReference field => [.. Member(field), .. Plain([field.FieldType])],
        GenericInstanceMethod method => [.. TargetsOf(method.ElementMethod), .. Plain(method.GenericArguments)],
        MethodReference method => [.. Member(method), .. Plain(Signature(method))],
        CallSite site => Plain(Signature(site)),
        _ => [],
    };

    // The member belongs to the first type of its parent; the rest are arguments of a generic one.
    private static IEnumerable<(TypeName To, string? Member)> Member(MemberReference member) =>
        Targets(member.DeclaringType).Select((type, at) => (type, at == 0 ? member.Name : null));

    private static IEnumerable<TypeReference> Signature(IMethodSignature method) => [method.ReturnType, .. method.Parameters.Select(parameter => parameter.ParameterType)];

    private static IEnumerable<TypeReference> Constraints(IGenericParameterProvider owner) =>
        owner.GenericParameters.SelectMany(parameter => parameter.Constraints).Select(constraint => constraint.ConstraintType);

    private static IEnumerable<(TypeName To, string? Member)> Plain(IEnumerable<TypeReference?> types) => Targets(types).Select(type => (type, (string?)null));

    private static IEnumerable<TypeName> Targets(IEnumerable<TypeReference?> types) => types.SelectMany(Targets);

    /// <summary>The named types in a type, however deep they are inside arrays, generics and pointers.</summary>
    private static IEnumerable<TypeName> Targets(TypeReference? type) => type switch
    {
        null or GenericParameter => [],
        GenericInstanceType generic => [.. Targets(generic.ElementType), .. Targets(generic.GenericArguments)],
        FunctionPointerType pointer => Targets(Signature(pointer)),
        TypeSpecification wrapper => Targets(wrapper.ElementType),
        _ => [NameOf(type)],
    };

    private static TypeName NameOf(TypeReference type) =>
        type.DeclaringType is { } outer ? NameOf(outer) : new(type.Namespace, type.Name.Split('`')[0]);

    /// <summary>The name in the source: the compiler keeps it between angle brackets in what it makes of lambdas, iterators and async methods.</summary>
    private static string Written(string nested, string member)
    {
        string name = nested.StartsWith('<') && !nested.StartsWith("<>", StringComparison.Ordinal) ? nested : member;
        return name.StartsWith('<') && name.IndexOf('>', StringComparison.Ordinal) is > 1 and var end ? name[1..end] : name;
    }
}
