using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace RolloutOperator.Tests.Architecture;

/// <summary>An assembly as the compiler left it: its types, and all that they use.</summary>
internal sealed class CompiledCode : IDisposable
{
    private readonly PEReader _file;
    private readonly MetadataReader _metadata;
    private readonly SignatureTypes _signatures;

    internal CompiledCode(string path)
    {
        _file = new PEReader(File.OpenRead(path));
        _metadata = _file.GetMetadataReader();
        _signatures = new SignatureTypes(NameOf);
    }

    /// <summary>Opens an assembly that lies beside the tests.</summary>
    internal static CompiledCode Beside(string assembly) => new(Path.Combine(AppContext.BaseDirectory, assembly + ".dll"));

    internal IEnumerable<string> References =>
        _metadata.AssemblyReferences.Select(handle => _metadata.GetString(_metadata.GetAssemblyReference(handle).Name));

    /// <summary>The outermost types.</summary>
    internal IEnumerable<TypeName> Types => _metadata.TypeDefinitions
        .Where(handle => _metadata.GetTypeDefinition(handle).GetDeclaringType().IsNil)
        .Select(handle => NameOf(handle))
        .Where(type => !type.IsCompilers);

    /// <summary>All uses, but for those of the type that coverlet adds to an assembly whose coverage it measures.</summary>
    internal IEnumerable<Use> Uses => _metadata.TypeDefinitions.SelectMany(UsesOf).Where(use => !use.From.IsCoverlets).Distinct();

    public void Dispose() => _file.Dispose();

    private IEnumerable<Use> UsesOf(TypeDefinitionHandle handle)
    {
        TypeDefinition type = _metadata.GetTypeDefinition(handle);
        TypeName from = NameOf(handle);
        string nested = type.GetDeclaringType().IsNil ? "" : _metadata.GetString(type.Name);

        IEnumerable<EntityHandle> bases = [type.BaseType, .. type.GetInterfaceImplementations().Select(each => _metadata.GetInterfaceImplementation(each).Interface)];
        foreach ((TypeName to, string? member) in bases.Concat(Constraints(type.GetGenericParameters())).SelectMany(Targets))
        {
            yield return new Use(from, Written(nested, ""), Generated: false, to, member);
        }

        foreach (FieldDefinition field in type.GetFields().Select(_metadata.GetFieldDefinition))
        {
            foreach (TypeName to in field.DecodeSignature(_signatures, null))
            {
                yield return new Use(from, Written(nested, _metadata.GetString(field.Name)), Generated: false, to, null);
            }
        }

        foreach (MethodDefinition method in type.GetMethods().Select(_metadata.GetMethodDefinition))
        {
            string name = _metadata.GetString(method.Name);
            bool generated = nested.StartsWith('<') || name.StartsWith('<');
            foreach ((TypeName to, string? member) in TargetsOf(method))
            {
                yield return new Use(from, Written(nested, name), generated, to, member);
            }
        }
    }

    private IEnumerable<(TypeName To, string? Member)> TargetsOf(MethodDefinition method)
    {
        foreach (TypeName type in SignatureTypes.Of(method.DecodeSignature(_signatures, null)))
        {
            yield return (type, null);
        }

        IEnumerable<EntityHandle> named = Constraints(method.GetGenericParameters());
        if (method.RelativeVirtualAddress != 0)
        {
            MethodBodyBlock body = _file.GetMethodBody(method.RelativeVirtualAddress);
            named = named
                .Concat(Instructions.TokensOf(body))
                .Concat(body.ExceptionRegions.Select(region => region.CatchType))
                .Append(body.LocalSignature);
        }

        foreach ((TypeName, string?) target in named.SelectMany(Targets))
        {
            yield return target;
        }
    }

    private IEnumerable<EntityHandle> Constraints(GenericParameterHandleCollection parameters) => parameters
        .SelectMany(parameter => _metadata.GetGenericParameter(parameter).GetConstraints())
        .Select(constraint => _metadata.GetGenericParameterConstraint(constraint).Type);

    /// <summary>Everything that a token names: the type and member themselves, and the types of the member's signature.</summary>
    private IEnumerable<(TypeName To, string? Member)> Targets(EntityHandle handle)
    {
        if (handle.IsNil)
        {
            return [];
        }

        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition or HandleKind.TypeReference:
                return [(NameOf(handle), null)];
            case HandleKind.TypeSpecification:
                return Plain(_metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(_signatures, null));
            case HandleKind.FieldDefinition:
                FieldDefinition field = _metadata.GetFieldDefinition((FieldDefinitionHandle)handle);
                return [(NameOf(field.GetDeclaringType()), _metadata.GetString(field.Name)), .. Plain(field.DecodeSignature(_signatures, null))];
            case HandleKind.MethodDefinition:
                MethodDefinition method = _metadata.GetMethodDefinition((MethodDefinitionHandle)handle);
                return [(NameOf(method.GetDeclaringType()), _metadata.GetString(method.Name)), .. Plain(SignatureTypes.Of(method.DecodeSignature(_signatures, null)))];
            case HandleKind.MemberReference:
                return TargetsOf(_metadata.GetMemberReference((MemberReferenceHandle)handle));
            case HandleKind.MethodSpecification:
                MethodSpecification specification = _metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                return [.. Targets(specification.Method), .. specification.DecodeSignature(_signatures, null).SelectMany(Plain)];
            case HandleKind.StandaloneSignature:
                StandaloneSignature signature = _metadata.GetStandaloneSignature((StandaloneSignatureHandle)handle);
                return Plain(signature.GetKind() == StandaloneSignatureKind.LocalVariables
                    ? [.. signature.DecodeLocalSignature(_signatures, null).SelectMany(types => types)]
                    : SignatureTypes.Of(signature.DecodeMethodSignature(_signatures, null)));
            default:
                throw new NotSupportedException($"a token of kind {handle.Kind}");
        }
    }

    private IEnumerable<(TypeName To, string? Member)> TargetsOf(MemberReference member)
    {
        string name = _metadata.GetString(member.Name);
        ImmutableArray<TypeName> signature = member.GetKind() == MemberReferenceKind.Field
            ? member.DecodeFieldSignature(_signatures, null)
            : SignatureTypes.Of(member.DecodeMethodSignature(_signatures, null));
        // The member belongs to the first type of its parent; the rest are arguments of a generic one.
        return [.. Targets(member.Parent).Select((parent, at) => at == 0 ? (parent.To, name) : parent), .. Plain(signature)];
    }

    private static IEnumerable<(TypeName To, string? Member)> Plain(ImmutableArray<TypeName> types) => types.Select(type => (type, (string?)null));

    private TypeName NameOf(EntityHandle handle)
    {
        if (handle.Kind == HandleKind.TypeReference)
        {
            TypeReference reference = _metadata.GetTypeReference((TypeReferenceHandle)handle);
            return reference.ResolutionScope.Kind == HandleKind.TypeReference
                ? NameOf(reference.ResolutionScope)
                : Named(reference.Namespace, reference.Name);
        }

        TypeDefinition definition = _metadata.GetTypeDefinition((TypeDefinitionHandle)handle);
        return definition.GetDeclaringType() is { IsNil: false } outer ? NameOf(outer) : Named(definition.Namespace, definition.Name);
    }

    private TypeName Named(StringHandle space, StringHandle name) =>
        new(_metadata.GetString(space), _metadata.GetString(name).Split('`')[0]);

    /// <summary>The name in the source: the compiler keeps it between angle brackets in what it makes of lambdas, iterators and async methods.</summary>
    private static string Written(string nested, string member)
    {
        string name = nested.StartsWith('<') && !nested.StartsWith("<>", StringComparison.Ordinal) ? nested : member;
        return name.StartsWith('<') && name.IndexOf('>', StringComparison.Ordinal) is > 1 and var end ? name[1..end] : name;
    }
}
